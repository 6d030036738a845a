import type { OpId, Revision } from '@rowkeep/kernel'

/** Over how many later writes of a row an operation is still found in it. */
export const markerDepth = 8

const remembered = 2000

/** The marker list of a row's next version: the operation's own id last, and those of the writes before it. */
export const marksAfter = (marks: readonly OpId[], opId: OpId): readonly OpId[] =>
  [...marks, opId].slice(-markerDepth - 1)

/**
 * The marker lists of row versions this adapter has seen, so that an update for a known version need not read the row
 * first. A version never changes, so what is remembered is never wrong; it only goes out of memory, oldest first.
 */
export class SeenMarks {
  readonly #rows = new Map<string, { readonly revision: Revision; readonly marks: readonly OpId[] }>()

  note(collection: string, id: string, revision: Revision, marks: readonly OpId[]): void {
    const key = JSON.stringify([collection, id])
    this.#rows.delete(key)
    this.#rows.set(key, { revision, marks })
    const [oldest] = this.#rows.keys()
    if (this.#rows.size > remembered && oldest !== undefined) this.#rows.delete(oldest)
  }

  /** `undefined`: that version of the row was not seen, or is forgotten. */
  of(collection: string, id: string, revision: Revision): readonly OpId[] | undefined {
    const seen = this.#rows.get(JSON.stringify([collection, id]))
    return seen?.revision === revision ? seen.marks : undefined
  }
}
