import type { Cursor, JsonObject, RemoteRow } from '@rowkeep/kernel'
import type { PostgresStorage } from '../../src/postgres/index.ts'
import { type Asked, pullAll } from './operations.ts'

/** A device that only reads: it follows one user's notes by the feed, in small pages. */
export class Replica {
  readonly owner: string
  /** Rows that came with a lower revision than before. */
  readonly wentBack: string[] = []
  readonly #storage: PostgresStorage
  readonly #rows = new Map<string, RemoteRow>()
  #cursor: Cursor | null = null

  constructor(storage: PostgresStorage, owner: string) {
    this.#storage = storage
    this.owner = owner
  }

  /** One run, to its end. */
  async run(how: Pick<Asked, 'limit' | 'between'> = {}): Promise<void> {
    const asked = { limit: 7, ...how, cursor: this.#cursor, collections: ['notes'] }
    const { changes, cursor } = await pullAll(this.#storage, this.owner, asked)
    for (const change of changes) {
      if (change.kind !== 'record' && change.kind !== 'tombstone') continue
      const before = this.#rows.get(change.id)
      if (Number(before?.revision ?? 0) > Number(change.revision)) this.wentBack.push(change.id)
      this.#rows.set(change.id, change)
    }
    this.#cursor = cursor
  }

  /** Runs again and again until told that it is over. */
  async follow(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.run()
  }

  /** What it holds, by id. */
  rows(): readonly RemoteRow[] {
    return [...this.#rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  recordOf(id: string): JsonObject | undefined {
    const row = this.#rows.get(id)
    return row?.kind === 'record' ? row.record : undefined
  }
}
