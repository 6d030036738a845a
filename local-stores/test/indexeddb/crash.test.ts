import { isSyncError, type OpenStore } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { afterSteps, heldBy, openOn, step } from '../file/helpers.ts'
import { abortAt } from './faults.ts'
import { freshName, smallStore } from './helpers.ts'

const STEPS = 24

/** Commits every step, once more where one was refused; `close` waits for chunks being put in order. */
async function history(open: OpenStore): Promise<number> {
  let refused = 0
  for (let n = 1; n <= STEPS; n += 1) {
    const before = await heldBy(open)
    try {
      await open.commit(step(n), n - 1)
    } catch (thrown) {
      expect(isSyncError(thrown, 'SYNC_STORE_FULL')).toBe(true)
      expect(await heldBy(open)).toEqual(before)
      refused += 1
      await open.commit(step(n), n - 1)
    }
    expect(await heldBy(open)).toEqual({ head: n, values: afterSteps(n), broken: {} })
  }
  await open.close()
  return refused
}

test('an abort at any request of a commit or a fold loses nothing and leaves nothing in part', {
  timeout: 120_000,
}, async () => {
  const counting = abortAt(0)
  await history(await openOn(smallStore()))
  const requests = counting.seen()
  counting.restore()

  let refused = 0
  for (let at = 1; at <= requests; at += 1) {
    const name = freshName()
    const { restore } = abortAt(at)
    refused += await history(await openOn(smallStore({ name })))
    restore()
    const again = await openOn(smallStore({ name }))
    expect(await heldBy(again)).toEqual({ head: STEPS, values: afterSteps(STEPS), broken: {} })
    await again.close()
  }
  // Seven requests a commit; those of folds are nobody's error, and there are some.
  expect(refused).toBe(STEPS * 7)
  expect(requests - refused).toBeGreaterThan(20)
})
