import { SyncError } from '@rowkeep/kernel'
import type { Backend } from '../../harness.ts'
import type { History } from '../history/history.ts'
import { savedHistory } from '../history/saved.ts'
import type { DoubleHarness } from './double-subject.ts'
import type { SimulationProgress } from './report.ts'

/** What `simulate` takes. A harness of the suite has both parts: its `adapter`, and as `double` its `backend`. */
export interface SimulateOptions extends Omit<DoubleHarness, 'name' | 'onThrown'> {
  /** How many histories: whole, 1 or more. Default 100. */
  readonly histories?: number
  /** Of the first history; those that follow count on. Whole, 0 or more. Default 1. */
  readonly seed?: number
  /** This one instead, as a report has it, so that `histories` and `seed` say nothing. */
  readonly history?: History
  /** So many histories in which something goes wrong end it: whole, 1 or more. Default 1. */
  readonly mostFailed?: number
  /** Ends it early, after the history under way; the report says how many there were. `AbortSignal.timeout(60_000)` is a time limit. */
  readonly signal?: AbortSignal
  /** Called after each history. */
  readonly onProgress?: (progress: SimulationProgress) => void
}

/** The name that histories know an outsider's backend by. */
export const outside = 'outside'

const invalid = (message: string, cause?: unknown): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `simulate(): ${message}`, cause })

/** @throws SyncError `SYNC_CONFIG_INVALID` */
function mustBeWhole(name: string, value: unknown, least: number): void {
  if (!Number.isSafeInteger(value) || (value as number) < least)
    throw invalid(`${name} must be a whole number, ${least} or more`)
}

function mustBeFunction(name: string, value: unknown, example: string): void {
  if (typeof value !== 'function') throw invalid(`${name} must be a function, like ${example}`)
}

function checkedHistory(history: unknown): History {
  try {
    return savedHistory({ profile: outside, history }, [outside]).history
  } catch (thrown) {
    throw invalid(`history is none that can be run: ${thrown instanceof Error ? thrown.message : thrown}`, thrown)
  }
}

const known = ['adapter', 'double', 'histories', 'seed', 'history', 'mostFailed', 'signal', 'onProgress']

/** What is to be run. */
export interface Wish {
  readonly histories: number
  readonly seed: number
  readonly history: History | undefined
  readonly mostFailed: number
}

/** The options with their defaults. @throws SyncError `SYNC_CONFIG_INVALID` naming the one that is wrong */
export function wishOf(options: SimulateOptions): Wish {
  if (typeof options !== 'object' || options === null) throw invalid('give it { adapter, double }')
  const stranger = Object.keys(options).find((name) => !known.includes(name))
  if (stranger !== undefined) throw invalid(`"${stranger}" is no option; there are ${known.join(', ')}`)
  const { adapter, double, histories = 100, seed = 1, history, mostFailed = 1, signal, onProgress } = options
  mustBeFunction('adapter', adapter, '({ origin }, { token }) => acmeAdapter({ url: origin, token })')
  mustBeFunction('double', double, '() => acmeDouble()')
  mustBeWhole('histories', histories, 1)
  mustBeWhole('seed', seed, 0)
  mustBeWhole('mostFailed', mostFailed, 1)
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalid('signal must be an AbortSignal')
  if (onProgress !== undefined) mustBeFunction('onProgress', onProgress, '({ histories }) => {}')
  const only = history === undefined ? undefined : checkedHistory(history)
  return { histories: only ? 1 : histories, seed, history: only, mostFailed }
}

/** What a double has in any case. @throws SyncError `SYNC_CONFIG_INVALID` naming what it lacks */
export function mustBeDouble(made: Backend): Backend {
  if (typeof made !== 'object' || made === null)
    throw invalid('double() must give an object, see RemoteHarness.backend')
  if (typeof made.origin !== 'string') throw invalid('double() must give an origin, like "https://acme.test"')
  mustBeFunction('fetch of what double() gives', made.fetch, '(request) => server.fetch(request)')
  mustBeFunction('rows of what double() gives', made.rows, 'async (collection) => server.all(collection)')
  mustBeFunction('write of what double() gives', made.write, 'async (collection, row) => server.put(collection, row)')
  mustBeFunction('remove of what double() gives', made.remove, 'async (collection, id) => server.drop(collection, id)')
  return made
}

/** An adapter that sends by other ways than it is given cannot be simulated. */
export const mustAsk = (requests: number): void => {
  if (requests === 0)
    throw invalid(
      'the adapter sent nothing by device.env.fetch, so nothing is simulated: give its client that fetch, and see that nothing throws before',
    )
}
