import { setTimeout as wait } from 'node:timers/promises'
import { patienceMs } from '../within.ts'

/** Waits until it holds. @throws Error with what `state` tells, where it does not in time */
export async function until(holds: () => boolean | Promise<boolean>, state: () => string): Promise<void> {
  const deadline = Date.now() + (patienceMs * 3) / 4
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain; there was ${state()}`)
    await wait(10)
  }
}
