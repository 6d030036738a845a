import type { Collection, Row } from '../devices/app.ts'
import type { Effect } from '../servers/site.ts'

/** Rows of a collection that somebody may see, by id. */
type Look = (collection: Collection) => Promise<ReadonlyMap<string, Row>>

const collections: readonly Collection[] = ['tasks', 'notes']

const isSame = (a: Row | undefined, b: Row | undefined): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

/**
 * The log of effects of a backend that keeps none: what was there before a request and what is there after it differ by what the
 * request did. Two operations on one record in one request look like one, and a write of what was there already like none.
 */
export class Seen {
  readonly effects: Effect[] = []
  readonly #look: Look
  readonly #rows: Record<Collection, ReadonlyMap<string, Row>> = { tasks: new Map(), notes: new Map() }
  readonly #now: () => number

  constructor(look: Look, now: () => number) {
    this.#look = look
    this.#now = now
  }

  /** Looks what has changed. @param by whose request it was; `undefined`: it was somebody else */
  async by(user: string, by: string | undefined): Promise<void> {
    for (const collection of collections) {
      const [before, after] = [this.#rows[collection], await this.#look(collection)]
      this.#rows[collection] = after
      for (const id of new Set([...before.keys(), ...after.keys()])) {
        if (!isSame(before.get(id), after.get(id))) this.#note(user, by, collection, before.get(id), after.get(id), id)
      }
    }
  }

  #note(
    user: string,
    by: string | undefined,
    collection: Collection,
    before: Row | undefined,
    after: Row | undefined,
    id: string,
  ): void {
    // No request tells which of its operations did it; so each effect passes for an operation of its own.
    const opId = by === undefined ? undefined : `seen-${this.effects.length}`
    const at = this.#now()
    this.effects.push({
      opId,
      user,
      ...(by === undefined ? {} : { by }),
      collection,
      id,
      before: before ?? null,
      after: after ?? null,
      at,
    })
  }
}
