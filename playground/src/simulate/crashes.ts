import {
  type BadCrash,
  type CrashOptions,
  crashEverywhere,
  crashHistories,
  memoryPlace,
  realPlace,
  type Setup,
} from '@rowkeep/conformance-tests/simulation'
import { fileMedium, localforageMedium } from '@rowkeep/local-stores/testing'
import { subjects } from './subjects.ts'

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

const stores: readonly Store[] = [
  { name: 'simulated medium', setup: {} },
  { name: 'memoryStore', setup: { writers: 'one' }, place: memoryPlace },
  { name: 'fileStore', setup: onDisk, place: realPlace(disk) },
  { name: 'fileStore, power fails', setup: onDisk, place: realPlace(disk, { power: true }) },
  { name: 'localforageStore', setup: { writers: 'many', durability: 'relaxed' }, place: realPlace(keys) },
]

interface Sum {
  ios: number
  runs: number
  bad: number
}

function tellBad(store: string, seed: number, { at, io, violations }: BadCrash, write: (line: string) => void): void {
  write(`${store}, history ${seed}, ${at === 0 ? 'without a crash' : `crash at I/O ${at}, ${io}`}:`)
  for (const { invariant, what } of violations) write(`  ${invariant}: ${what}`)
}

async function crashed({ name, setup, place }: Store, count: number, write: (line: string) => void): Promise<Sum> {
  const sum = { ios: 0, runs: 0, bad: 0 }
  for (const history of crashHistories(setup, count)) {
    const subject = subjects[history.profile]
    if (!subject) throw new Error(`there is no backend ${history.profile}`)
    const { ios, runs, bad } = await crashEverywhere(history, subject, place ? { place } : {})
    sum.ios += ios
    sum.runs += runs
    sum.bad += bad.length
    for (const one of bad) tellBad(name, history.seed, one, write)
  }
  return sum
}

const row = (cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(24) : String(cell).padStart(12))).join('')

/**
 * Runs so many short histories over every store, and each again with the app dying at every I/O in turn; tells what came of it.
 * Whether nothing went wrong.
 */
export async function runCrashes(count: number, write: (line: string) => void): Promise<boolean> {
  write(row(['store', 'histories', 'I/Os', 'runs', 'violations', 'seconds']))
  let isSound = true
  for (const store of stores) {
    const began = performance.now()
    const { ios, runs, bad } = await crashed(store, count, write)
    const seconds = Math.round((performance.now() - began) / 1_000)
    write(row([store.name, count, ios, runs, bad, seconds]))
    isSound &&= bad === 0
  }
  return isSound
}
