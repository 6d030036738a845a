import { historyOf } from '../history/generate.ts'
import type { Act, History, Setup } from '../history/history.ts'
import { plainSetup } from '../history/setup.ts'

const writes: readonly string[] = ['save', 'append', 'remove']

/** Enough happens on the device that dies. */
const isRich = ({ steps }: History): boolean =>
  steps.filter(({ device, act }) => device === 0 && writes.includes(act.do)).length >= 5

const write = (kind: string, collection: string, record: number): Act => ({ do: kind, collection, record })

/** Rows of another device come in pages while this one writes: all there is, and nothing goes wrong but the crash. */
const calm: History = {
  seed: 0,
  profile: 'transactional',
  setup: { ...plainSetup, devices: 2, durability: 'relaxed', storeMs: 8, networkMs: 60 },
  faults: {},
  steps: [
    [1, write('save', 'tasks', 0)],
    [1, write('save', 'tasks', 1)],
    [1, write('append', 'notes', 0)],
    [0, write('save', 'notes', 0)],
    [0, write('append', 'tasks', 0)],
    [1, write('save', 'notes', 0)],
    [1, write('save', 'notes', 1)],
    [0, write('append', 'tasks', 0)],
    [0, write('save', 'tasks', 1)],
    [1, write('remove', 'tasks', 0)],
  ].map(([device, act], id) => ({ id, afterMs: 150, device: device as number, act: act as Act })),
}

/**
 * Short histories for {@link crashEverywhere}, the same each time: a calm one, then such as seeds make, against whatever backends
 * they pick. `setup`: what the store is that they are run over.
 */
export function crashHistories(setup: Partial<Setup> = {}, count: number = 20): readonly History[] {
  const histories: History[] = [calm]
  for (let seed = 1; histories.length < count; seed += 1) {
    const history = historyOf(seed, { short: true })
    if (isRich(history)) histories.push(history)
  }
  return histories.map((history) => ({ ...history, setup: { ...history.setup, ...setup } }))
}
