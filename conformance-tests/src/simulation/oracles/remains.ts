import { Medium } from '../stores/medium.ts'
import type { World } from '../world.ts'
import { type Resting, restingOf } from './at-rest.ts'
import { fields, gone, textIn } from './registers.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** What lay on a device when everything on it had ended at once. */
export interface Remains {
  readonly at: number
  readonly rest: readonly Resting[]
}

/** Looks at every device that dies, right then; only where the medium can be read without taking time. */
export function followDeaths({ diary, devices, loop }: World): Promise<Remains>[] {
  const found: Promise<Remains>[] = []
  diary.heard = (fact) => {
    const device = fact.kind === 'died' ? devices.find(({ name }) => name === fact.device) : undefined
    if (!device || !(device.place instanceof Medium)) return
    const { now: at } = loop
    const kept = device.place.contents()
    found.push(kept.then((all) => ({ at, rest: all.map((one) => restingOf(device.name, one)) })))
  }
  return found
}

/** I2: whatever commit was the last, what lies there as the server's rows was at the server: never an effect without its write. */
export function remainsAreTrue({ remains, registers, world: { site } }: Story): readonly Violation[] {
  // Without a log nobody can tell what was there for a while.
  if (!site.effects) return []
  return remains.flatMap(({ at, rest }) =>
    rest.flatMap(({ device, base }) =>
      [...base].flatMap(([key, { record }]) => {
        const strange = fields.find((field) => {
          const value = textIn(record, field)
          if (value === gone || value === '') return false
          return !registers.of(key, field).some((put) => put.at <= at && put.value === value)
        })
        if (!strange) return []
        return [
          { invariant: 'I2', what: `${device} died at ${at} ms with a ${strange} in ${key} that the server never had` },
        ]
      }),
    ),
  )
}
