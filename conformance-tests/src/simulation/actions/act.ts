import type { Device } from '../devices/device.ts'
import type { Act, Setup, Step } from '../history/history.ts'

/** A kind of act: how it is made up, and what it does. */
export interface ActKind {
  /** How often it comes, against the others. */
  readonly weight: number
  /** Its details, by numbers in [0, 1) that are its own. */
  make(random: (what: string) => number, setup: Setup): Omit<Act, 'do'>
  /** Does it. What it cannot do now it leaves, and says so: that is not counted. */
  run(device: Device, step: Step): unknown
}
