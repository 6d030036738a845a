import { expect, test } from 'vitest'
import { modelHarness } from '../../src/doubles/model-harness.ts'
import { type History, type SimulateOptions, simulate } from '../../src/index.ts'
import { plainSetup } from '../../src/simulation/history/setup.ts'

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
  ['mostFailed', { mostFailed: 0 }],
  [
    'history',
    { history: { seed: 1, setup: {}, faults: {}, steps: [{ id: 0, afterMs: 0, device: 0, act: { do: 'fly' } }] } },
  ],
  ['hystories', { hystories: 3 }],
])('a wrong %s is refused by name', async (name, wrong) => {
  const options = { adapter, double, ...wrong } as unknown as SimulateOptions
  await expect(simulate(options)).rejects.toMatchObject({
    code: 'SYNC_CONFIG_INVALID',
    message: expect.stringContaining(name) as unknown,
  })
})

// What is found is made smaller by many runs.
const patient = { timeout: 120_000 }

test('what is wrong with an adapter comes back as a small history that shows it again', patient, async () => {
  const wrong = modelHarness({ defect: 'tombstone-omitted' })
  const parts = { adapter: wrong.adapter, double: wrong.backend }
  const [found] = (await simulate({ ...parts, histories: 200 })).failed
  expect(found?.violations.map(({ invariant }) => invariant)).toContain('I6')
  expect(found?.history.steps.length).toBeLessThanOrEqual(10)
  expect(found?.story.join()).toContain(String(found?.history.steps[0]?.act.do))
  expect(found?.events.length).toBeGreaterThan(5)
  const history = JSON.parse(JSON.stringify(found?.history)) as History
  const again = await simulate({ ...parts, history })
  expect(again.histories).toBe(1)
  expect(again.failed[0]?.history).toEqual(history)
  expect(again.failed[0]?.violations).toEqual(found?.violations)
  const whole = await simulate({ ...parts, histories: 1, seed: found?.seed ?? 0 })
  expect(whole.failed[0]).toEqual(found)
})

test('an adapter that takes a refusal for an empty page is found', patient, async () => {
  const steps = [
    { id: 0, afterMs: 0, device: 0, act: { do: 'shutCollection', collection: 'notes', record: 0, ms: 9_000 } },
  ]
  const history = { seed: 1, profile: 'outside', setup: plainSetup, faults: {}, steps }
  expect((await simulate({ adapter, double, history })).failed).toEqual([])
  const wrong = modelHarness({ defect: 'forbidden-as-empty' })
  const [found] = (await simulate({ adapter: wrong.adapter, double: wrong.backend, history })).failed
  expect(found?.violations[0]?.what).toMatch(/said synced at \d+ ms, and may not read tasks,notes/)
})

test('a double may refuse to delete what is not there, and only that', async () => {
  const remove = { do: 'foreignRemove', collection: 'tasks', record: 0 }
  const save = { do: 'foreignSave', collection: 'tasks', record: 0, own: false }
  const strict: SimulateOptions['double'] = async () => ({
    ...(await double()),
    remove: () => Promise.reject(new Error('no such row')),
  })
  const played = (acts: readonly History['steps'][number]['act'][]): ReturnType<typeof simulate> => {
    const steps = acts.map((act, id) => ({ id, afterMs: 10, device: 0, act }))
    const history = { seed: 1, profile: 'outside', setup: plainSetup, faults: {}, steps }
    return simulate({ adapter, double: strict, history })
  }
  expect((await played([remove])).failed).toEqual([])
  await expect(played([save, remove])).rejects.toThrow('no such row')
})

test('it goes on after failures where more are wanted', patient, async () => {
  const wrong = modelHarness({ defect: 'short-page-is-end' })
  const { failed } = await simulate({ adapter: wrong.adapter, double: wrong.backend, histories: 60, mostFailed: 2 })
  expect(failed).toHaveLength(2)
})

test('what the harness throws is thrown, and is no finding', async () => {
  const broken = new Error('no database')
  await expect(simulate({ adapter, double: () => Promise.reject(broken) })).rejects.toBe(broken)
  const adapterless = (): never => {
    throw broken
  }
  await expect(simulate({ adapter: adapterless, double })).rejects.toBe(broken)
})

test('what a double throws when its rows are read is thrown', async () => {
  const broken = new Error('no table')
  const unread: SimulateOptions['double'] = async () => ({ ...(await double()), rows: () => Promise.reject(broken) })
  await expect(simulate({ adapter, double: unread })).rejects.toBe(broken)
})

test.each(['origin', 'fetch', 'rows', 'write', 'remove'])('a double without %s is refused by name', async (part) => {
  const lacking: SimulateOptions['double'] = async () => ({ ...(await double()), [part]: undefined })
  await expect(simulate({ adapter, double: lacking })).rejects.toMatchObject({
    code: 'SYNC_CONFIG_INVALID',
    message: expect.stringContaining(part) as unknown,
  })
})

test('an adapter that sends by ways of its own is refused', async () => {
  const silent: SimulateOptions['adapter'] = (backend, device) => ({
    ...adapter(backend, device),
    pull: async () => ({ kind: 'snapshot', changes: [], cursor: null, more: false }),
    push: async ({ operations }) => operations.map(() => ({ kind: 'applied' })),
  })
  await expect(simulate({ adapter: silent, double })).rejects.toMatchObject({
    code: 'SYNC_CONFIG_INVALID',
    message: expect.stringContaining('device.env.fetch') as unknown,
  })
})
