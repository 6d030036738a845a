import {
  type CrashOptions,
  crashEverywhere,
  crashHistories,
  type History,
  memoryPlace,
  realPlace,
  type Setup,
} from '@rowkeep/conformance-tests/simulation'
import { fileMedium, localforageMedium } from '@rowkeep/local-stores/testing'
import type { Crashed, CrashJob } from '../jobs.ts'
import { newStrays } from '../strays.ts'
import { subjects } from '../subjects.ts'

interface Store {
  readonly name: string
  /** What of the history's world this store decides. */
  readonly setup: Partial<Setup>
  /** `undefined`: the simulated medium. */
  readonly place?: NonNullable<CrashOptions['place']>
}

// So small that snapshots and folds are among what the app dies in.
const disk = (): ReturnType<typeof fileMedium> => fileMedium({ compactAfterBytes: 600, reserveBytes: 64 })
const keys = (): ReturnType<typeof localforageMedium> =>
  localforageMedium({ compactAfterCommits: 8, reserveCharacters: 64, partCharacters: 200 })

const onDisk: Partial<Setup> = { writers: 'one', durability: 'strict' }

/** Where histories are run in which the app dies. */
export const stores: readonly Store[] = [
  { name: 'simulated medium', setup: {} },
  { name: 'memoryStore', setup: { writers: 'one' }, place: memoryPlace },
  { name: 'fileStore', setup: onDisk, place: realPlace(disk) },
  { name: 'fileStore, power fails', setup: onDisk, place: realPlace(disk, { power: true }) },
  { name: 'localforageStore', setup: { writers: 'many', durability: 'relaxed' }, place: realPlace(keys) },
]

/** The short history of that number over the store of that number. */
export function crashHistory({ store, history }: CrashJob): History {
  const one = crashHistories(stores[store]?.setup, history + 1).at(-1)
  if (!one) throw new RangeError('histories are counted from 0')
  return one
}

/** Runs it, and again with the app dying at every I/O in turn; `onRun` is called after each, with the seed of the history. */
export async function crashed(job: CrashJob, onRun: (seed: number) => void = () => {}): Promise<Crashed> {
  const began = performance.now()
  const history = crashHistory(job)
  const { seed, profile } = history
  const subject = subjects[profile]
  const place = stores[job.store]?.place
  if (!subject) throw new Error(`there is no backend ${profile}`)
  const others = (): ReturnType<typeof newStrays> => {
    onRun(seed)
    return newStrays()
  }
  const crashes = await crashEverywhere(history, subject, { ...(place ? { place } : {}), others })
  return { ...crashes, seconds: (performance.now() - began) / 1_000 }
}
