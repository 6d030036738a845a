import { SyncError } from '@rowkeep/kernel'
import { historyOf, wantedOf } from '../history/generate.ts'
import type { History } from '../history/history.ts'
import type { Violation } from '../oracles/violation.ts'
import { runHistory } from '../run.ts'
import { type DoubleHarness, doubleSubject } from './double-subject.ts'

/** What {@link simulate} takes. A harness for the suite has `adapter` and, as `backend`, the double. */
export interface SimulateOptions extends Omit<DoubleHarness, 'name'> {
  /** How many histories: whole, 1 or more. Default 100. */
  readonly histories?: number
  /** The first one; the others follow it by number. Whole, 0 or more. Default 1. */
  readonly seed?: number
  /** Ends it early, after the history under way; the report says how many there were. `AbortSignal.timeout(60_000)` is a time limit. */
  readonly signal?: AbortSignal
  /** Called after each history. */
  readonly onProgress?: (progress: SimulationProgress) => void
}

/** How far {@link simulate} is. */
export interface SimulationProgress {
  readonly histories: number
  readonly failed: number
}

/** A history in which something went wrong that must never happen. */
export interface FailedHistory {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** What was run, as plain data. */
  readonly history: History
  /** The line that runs it again. */
  readonly repeat: string
}

/** What {@link simulate} found. */
export interface SimulationReport {
  /** So many were run. */
  readonly histories: number
  readonly failed: readonly FailedHistory[]
  /** By name, how often each fault struck and each act was done. */
  readonly coverage: Readonly<Record<string, number>>
  /** Of this machine, by its own clock. */
  readonly historiesPerSecond: number
}

const invalid = (message: string): SyncError => new SyncError('SYNC_CONFIG_INVALID', { message })

function mustBeWhole(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw invalid(`simulate(): ${name} must be a whole number, ${least} or more`)
}

function mustBeFunction(name: string, value: unknown, example: string): void {
  if (typeof value !== 'function') throw invalid(`simulate(): ${name} must be a function, as ${example}`)
}

const known: readonly string[] = ['adapter', 'double', 'histories', 'seed', 'signal', 'onProgress']

function checked(options: SimulateOptions): Required<Pick<SimulateOptions, 'histories' | 'seed'>> {
  if (typeof options !== 'object' || options === null) throw invalid('simulate() takes { adapter, double }')
  const stranger = Object.keys(options).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`simulate() has no "${stranger}"; it has ${known.join(', ')}`)
  const { adapter, double, histories = 100, seed = 1, signal, onProgress } = options
  mustBeFunction('adapter', adapter, '(backend, device) => acmeAdapter({ url: backend.origin, token: device.token })')
  mustBeFunction('double', double, '() => acmeDouble()')
  mustBeWhole('histories', histories, 1)
  mustBeWhole('seed', seed, 0)
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid('simulate(): signal must be an AbortSignal')
  if (onProgress !== undefined) mustBeFunction('onProgress', onProgress, '({ histories }) => {}')
  return { histories, seed }
}

/**
 * Proves an adapter in the life that apps lead: the real kernel runs with it on several devices, in histories full of faults, over
 * a network and under a clock that are both simulated. Every request goes through `device.env.fetch`; what an adapter sends any
 * other way is not seen. The same seed gives the same history, always.
 *
 * Rows are of the collections `notes` and `tasks` and have the fields `id, title, done, n, tags`. There is one user, `ada`, and no
 * live channel: changes are heard of at the next pull.
 *
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is wrong; what `adapter` and `double` themselves throw
 */
export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const { histories, seed } = checked(options)
  const { adapter, double, signal, onProgress } = options
  const subject = doubleSubject({ name: 'outside', adapter, double })
  const failed: FailedHistory[] = []
  const coverage: Record<string, number> = {}
  const began = performance.now()
  let done = 0
  while (done < histories && !signal?.aborted) {
    const history = historyOf(seed + done, wantedOf(subject))
    const { violations, counts } = await runHistory(history, subject)
    done += 1
    for (const [name, count] of counts) coverage[name] = (coverage[name] ?? 0) + count
    if (violations.length > 0)
      failed.push({
        seed: history.seed,
        violations,
        history,
        repeat: `simulate({ adapter, double, histories: 1, seed: ${history.seed} })`,
      })
    onProgress?.({ histories: done, failed: failed.length })
  }
  const seconds = (performance.now() - began) / 1_000
  return { histories: done, failed, coverage, historiesPerSecond: done / seconds }
}
