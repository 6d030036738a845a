import type { JsonObject } from '@rowkeep/kernel'
import { type Documents, docPathOf, type Located, splitName } from './documents.ts'
import type { StoredDoc } from './proto.ts'
import { StructuredQuery } from './query.ts'
import type { Caller, Rules } from './rules.ts'

/** Documents read so far, as Firestore bills them. */
export interface Bill {
  reads: number
}

/** A document with its name, as the wire has it. */
export const namedDoc = (database: string, { collection, id, doc }: Located): JsonObject => ({
  name: `${database}/documents/${collection}/${id}`,
  ...(doc as unknown as JsonObject),
})

/** Reads under the rules, counted. */
export class Reads {
  readonly documents: Documents
  readonly #rules: Rules
  readonly #bill: Bill

  constructor(documents: Documents, rules: Rules, bill: Bill) {
    this.documents = documents
    this.#rules = rules
    this.#bill = bill
  }

  /** A document by its name; a missing one is billed too. */
  get(name: string, caller: Caller): StoredDoc | undefined {
    const at = docPathOf(splitName(name).path)
    this.#rules.mayRead(caller, at.collection)
    this.#bill.reads += 1
    return this.documents.get(at)
  }

  /** A query that the caller may make. */
  query(database: string, parent: string, raw: JsonObject, caller: Caller): StructuredQuery {
    const query = new StructuredQuery(database, parent, raw)
    this.#rules.mayRead(caller, query.collection)
    return query
  }

  /** What a query finds: a read for each document, and one where there is none. */
  run(query: StructuredQuery): readonly Located[] {
    const found = query.run(this.documents)
    this.#bill.reads += Math.max(1, found.length)
    return found
  }

  /** A count costs one read for each thousand documents it looks at. */
  count(query: StructuredQuery): number {
    const { length } = query.run(this.documents)
    this.#bill.reads += Math.max(1, Math.ceil(length / 1000))
    return length
  }

  /** A listener was told of so many documents. */
  told(documents: number): void {
    this.#bill.reads += documents
  }
}
