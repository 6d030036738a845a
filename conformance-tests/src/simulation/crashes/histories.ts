import { historyOf } from '../history/generate.ts'
import type { History, Setup } from '../history/history.ts'

const writes: readonly string[] = ['save', 'append', 'remove']

/** Enough happens on the device that dies. */
const isRich = ({ steps }: History): boolean =>
  steps.filter(({ device, act }) => device === 0 && writes.includes(act.do)).length >= 5

/**
 * Short histories for {@link crashEverywhere}, the same each time, against whatever backends their seeds pick. `setup`: what the
 * store is that they are run over.
 */
export function crashHistories(setup: Partial<Setup> = {}, count: number = 20): readonly History[] {
  const histories: History[] = []
  for (let seed = 1; histories.length < count; seed += 1) {
    const history = historyOf(seed, { short: true })
    if (isRich(history)) histories.push({ ...history, setup: { ...history.setup, ...setup } })
  }
  return histories
}
