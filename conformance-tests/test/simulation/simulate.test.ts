import { expect, test } from 'vitest'
import { modelHarness } from '../../src/doubles/model-harness.ts'
import { type SimulateOptions, simulate } from '../../src/index.ts'

const { adapter, backend: double } = modelHarness()

test('an adapter that keeps its contract comes through histories full of faults', async () => {
  const seen: number[] = []
  const report = await simulate({ adapter, double, histories: 20, onProgress: ({ histories }) => seen.push(histories) })
  expect(report.failed).toEqual([])
  expect(report.histories).toBe(20)
  expect(seen.at(-1)).toBe(20)
  expect(report.coverage['save']).toBeGreaterThan(0)
  expect(report.coverage['answerLost']).toBeGreaterThan(0)
  expect(report.historiesPerSecond).toBeGreaterThan(0)
})

test('a signal ends it early, and the report says so', async () => {
  const stopped = new AbortController()
  const { histories } = await simulate({
    adapter,
    double,
    histories: 50,
    signal: stopped.signal,
    onProgress: () => stopped.abort(),
  })
  expect(histories).toBe(1)
})

test.each<[string, object]>([
  ['adapter', { adapter: undefined }],
  ['double', { double: {} }],
  ['histories', { histories: 0 }],
  ['histories', { histories: 1.5 }],
  ['seed', { seed: -1 }],
  ['seed', { seed: Number.NaN }],
  ['signal', { signal: 'stop' }],
  ['onProgress', { onProgress: 1 }],
  ['hystories', { hystories: 3 }],
])('a wrong %s is refused by name', async (name, wrong) => {
  const options = { adapter, double, ...wrong } as unknown as SimulateOptions
  await expect(simulate(options)).rejects.toMatchObject({
    code: 'SYNC_CONFIG_INVALID',
    message: expect.stringContaining(name) as unknown,
  })
})
