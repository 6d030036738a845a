import { expect, test } from 'vitest'
import { historyOf } from '../src/simulation/history/generate.ts'
import { runHistory } from '../src/simulation/run.ts'
import { modelSubject } from '../src/simulation/servers/model-site.ts'

test('the kernel keeps every invariant in histories full of faults', async () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const { violations } = await runHistory(historyOf(seed), modelSubject())
    expect(violations, `seed ${seed}`).toEqual([])
  }
})

test('the same history does the same things at the same times', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const [one, two] = [
      await runHistory(historyOf(seed), modelSubject()),
      await runHistory(historyOf(seed), modelSubject()),
    ]
    expect(two.trace, `seed ${seed}`).toBe(one.trace)
    expect(one.events).toBeGreaterThan(0)
  }
})
