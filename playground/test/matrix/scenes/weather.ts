import type { Plan } from '../../world/network.ts'
import type { Stage } from '../../world/stage.ts'

/** What goes wrong in a scene, beginning and ending when the scene says. */
export interface Weather {
  /** What happens on the network; `undefined`: what goes wrong is elsewhere. */
  readonly plan?: Plan
  /** What else begins with the fault. */
  begin?(stage: Stage): void
  end?(stage: Stage): void
  /** How somebody else's writes are made, where that is the fault. Default: one after the other. */
  others?(stage: Stage, work: () => Promise<void>): Promise<void>
}

/** The fault begins. */
export function begin(stage: Stage, { plan, begin: more }: Weather): void {
  if (plan) stage.network.plan(plan)
  more?.(stage)
}

/** Waits until the fault has met what it could, or `over`: then there is nothing left that it could meet. */
export async function endure(stage: Stage, { plan }: Weather, over: () => unknown): Promise<void> {
  const { device, network } = stage
  if (plan) await device.until(() => network.struck() > 0, 'the fault')
  await device.until(async () => !plan || network.struck() >= plan.times || (await over()), 'the end of the fault')
}

/** The fault is over. */
export async function heal(stage: Stage, { end }: Weather): Promise<void> {
  await stage.network.heal()
  end?.(stage)
}
