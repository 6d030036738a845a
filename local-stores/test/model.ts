import type { Json, LocalStore, OpenStore, StoreEntry, StoreTable } from '@rowkeep/kernel'
import fc from 'fast-check'
import { expect } from 'vitest'
import { type Held, heldBy, openOn } from './file/helpers.ts'

/** What the store should hold, and what a reader that follows along does. */
interface Model {
  head: number
  readonly values: Map<string, Json>
  follower: Held
}

/** The store under test, its namespace and how it is opened again. */
interface Real {
  open: OpenStore
  reopen(): Promise<OpenStore>
}

type Command = fc.AsyncCommand<Model, Real>

class Commit implements Command {
  readonly entries: readonly StoreEntry[]
  constructor(entries: readonly StoreEntry[]) {
    this.entries = entries
  }
  check = (): boolean => true
  async run(model: Model, real: Real): Promise<void> {
    expect(await real.open.commit(this.entries, model.head)).toBe(model.head + 1)
    model.head += 1
    for (const { table, key, value } of this.entries) {
      // Zero has a sign in memory and none in JSON.
      if (value === undefined) model.values.delete(`${table}/${key}`)
      else model.values.set(`${table}/${key}`, JSON.parse(JSON.stringify(value)))
    }
  }
  toString = (): string => `commit(${fc.stringify(this.entries)})`
}

class StaleCommit implements Command {
  check = (model: Readonly<Model>): boolean => model.head > 0
  async run(model: Model, { open }: Real): Promise<void> {
    await expect(open.commit([], model.head - 1)).rejects.toMatchObject({ code: 'SYNC_STORE_STALE' })
  }
  toString = (): string => 'stale commit'
}

class Reopen implements Command {
  check = (): boolean => true
  async run(model: Model, real: Real): Promise<void> {
    await real.open.close()
    real.open = await real.reopen()
    const held = await heldBy(real.open)
    expect(held).toEqual({ head: model.head, values: Object.fromEntries(model.values), broken: {} })
  }
  toString = (): string => 'reopen'
}

class Follow implements Command {
  check = (): boolean => true
  async run(model: Model, { open }: Real): Promise<void> {
    model.follower = await heldBy(open, model.follower)
    expect(model.follower).toEqual({ head: model.head, values: Object.fromEntries(model.values), broken: {} })
  }
  toString = (): string => 'follow'
}

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', '"', '\\', '\\"', ']', '","') },
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }),
)
const entry: fc.Arbitrary<StoreEntry> = fc.record({
  table: fc.constantFrom<StoreTable>('meta', 'base', 'op'),
  key,
  value: fc.option(fc.jsonValue({ stringUnit: 'binary' }) as fc.Arbitrary<Json>, { nil: undefined }),
})
const commands: fc.Arbitrary<Iterable<Command>> = fc.commands(
  [
    fc.array(entry, { maxLength: 8 }).map((entries) => new Commit(entries)),
    fc.constant(new StaleCommit()),
    fc.constant(new Reopen()),
    fc.constant(new Follow()),
  ],
  { maxCommands: 60, size: 'max' },
)

/** Random histories of one namespace: the store holds what a Map would, through commits, restarts and readers behind. */
export async function expectLikeMap(store: LocalStore, numRuns: number): Promise<void> {
  let run = 0
  const property = fc.asyncProperty(commands, async (sequence) => {
    run += 1
    const namespace = `run-${run}`
    const real: Real = { open: await openOn(store, namespace), reopen: () => openOn(store, namespace) }
    const nothing = { head: 0, values: {}, broken: {} }
    try {
      await fc.asyncModelRun(() => ({ model: { head: 0, values: new Map(), follower: nothing }, real }), sequence)
    } finally {
      await real.open.close()
      await store.destroy(namespace)
    }
  })
  await fc.assert(property, { numRuns })
}
