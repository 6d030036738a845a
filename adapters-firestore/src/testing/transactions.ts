import type { Documents } from './documents.ts'
import { docPathOf, splitName } from './documents.ts'
import { invalid, StatusError } from './status.ts'

/** Transactions that hold nothing locked: what was read must stand unchanged when they commit. */
export class Transactions {
  readonly #documents: Documents
  readonly #reads = new Map<string, Map<string, string | undefined>>()
  #count = 0

  constructor(documents: Documents) {
    this.#documents = documents
  }

  /** The id of a new transaction, base64. */
  begin(): string {
    this.#count += 1
    const id = btoa(`transaction ${this.#count}`)
    this.#reads.set(id, new Map())
    return id
  }

  /** The transaction has read this document; only what it saw first counts. */
  read(id: string, name: string): void {
    const reads = this.#of(id)
    if (!reads.has(name)) reads.set(name, this.#version(name))
  }

  /** Ends a transaction. @throws StatusError `ABORTED` where something it read has changed */
  end(id: string): void {
    const reads = this.#of(id)
    this.#reads.delete(id)
    for (const [name, version] of reads)
      if (this.#version(name) !== version)
        throw new StatusError('ABORTED', 'Too much contention on these documents. Please try again.')
  }

  /** Forgets a transaction. */
  rollback(id: string): void {
    this.#of(id)
    this.#reads.delete(id)
  }

  #of(id: string): Map<string, string | undefined> {
    const reads = this.#reads.get(id)
    if (reads) return reads
    throw invalid('The referenced transaction has expired or is no longer valid.')
  }

  #version(name: string): string | undefined {
    return this.#documents.get(docPathOf(splitName(name).path))?.updateTime
  }
}
