import type { Json, StoreEntry, StoreTable } from '@rowkeep/kernel'
import type { Handle } from './handle.ts'
import type { Kept } from './place.ts'

/** One entry as it lies there; without text: removed. */
export interface Stored {
  readonly table: StoreTable
  readonly key: string
  readonly text: string | undefined
}

const parsed = (text: string): Json => JSON.parse(text) as Json

/** What is lost with an entry of the outbox: the operation that lies in it. */
const operationsIn = (entries: Iterable<Stored>): readonly Json[] =>
  [...entries].flatMap(({ table, text }) => (table === 'op' && text !== undefined ? [parsed(text)] : []))

/** One namespace of a medium: every commit, in order, and what they come to. */
export class Namespace {
  /** Who has it open. */
  holders: readonly Handle[] = []
  #commits: (readonly Stored[])[] = []
  /** By `table/key`, with the number of the commit that wrote it. */
  readonly #entries = new Map<string, Stored & { readonly commit: number }>()
  /** What can no longer be read. */
  readonly #spoiled = new Set<string>()
  /** What was spoiled once, by what it was: the very same again would be taken for the damage that was told already. */
  readonly #told = new Set<string>()

  /** Number of the newest commit. */
  get head(): number {
    return this.#commits.length
  }

  write(commit: readonly Stored[]): void {
    this.#put(commit, this.#commits.push(commit))
  }

  /** What the commits after `after` changed; after none of them: what there is. */
  since(after: number): {
    readonly entries: readonly StoreEntry[]
    readonly broken: readonly { readonly table: StoreTable; readonly key: string; readonly raw: string }[]
  } {
    const later = [...this.#entries].filter(
      ([, { commit, text }]) => commit > after && (after > 0 || text !== undefined),
    )
    const isSpoiled = ([name]: readonly [string, Stored]): boolean => this.#spoiled.has(name)
    return {
      entries: later
        .filter((one) => !isSpoiled(one))
        .map(([, { table, key, text }]) => ({ table, key, value: text === undefined ? text : parsed(text) })),
      broken: later.filter(isSpoiled).map(([, { table, key, text = '' }]) => ({ table, key, raw: text.slice(1) })),
    }
  }

  contents(): Kept {
    const { entries } = this.since(0)
    // Whose it is an onlooker knows, also where the device can no longer read it.
    const { text = '""' } = this.#entries.get('meta/user') ?? {}
    return { user: String(parsed(text)), entries }
  }

  /** Takes back the last commits. The operations that lay there, and do not any more. */
  takeBack(commits: number): readonly Json[] {
    const gone = this.#commits.splice(Math.max(0, this.head - commits))
    const before = gone.flatMap((commit) => commit.filter(({ table }) => table === 'op'))
    this.#entries.clear()
    for (const [at, commit] of this.#commits.entries()) this.#put(commit, at + 1)
    const kept = new Set(operationsIn(this.#entries.values()).map((op) => JSON.stringify(op)))
    return operationsIn(before).filter((op) => !kept.has(JSON.stringify(op)))
  }

  /** Spoils one entry, chosen by a number in [0, 1). The operation that it was, if it was one. */
  spoil(by: number): readonly Json[] {
    const there = [...this.#entries].filter(([name, one]) => one.text !== undefined && !this.#told.has(name + one.text))
    const [name, entry] = there[Math.floor(by * there.length)] ?? []
    if (!name || !entry) return []
    this.#spoiled.add(name)
    this.#told.add(name + entry.text)
    return operationsIn([entry])
  }

  /** Every operation that lies there. */
  operations(): readonly Json[] {
    return operationsIn(this.#entries.values())
  }

  #put(commit: readonly Stored[], number: number): void {
    for (const one of commit) {
      const name = `${one.table}/${one.key}`
      this.#entries.set(name, { ...one, commit: number })
      this.#spoiled.delete(name)
    }
  }
}
