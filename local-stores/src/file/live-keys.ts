import type { CommitNumber } from '@rowkeep/kernel'
import { type Line, linesOf } from './lines.ts'

/** Which commit wrote each key last, and how many bytes its line has: all a store keeps in memory of its entries. */
export class LiveKeys {
  readonly #keys = new Map<string, { readonly commit: CommitNumber; readonly bytes: number }>()
  #bytes = 0

  /** Bytes of the lines that count. */
  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#keys.size
  }

  /** The commit that wrote the key last; `undefined` if the key is not there. */
  latest(identity: string): CommitNumber | undefined {
    return this.#keys.get(identity)?.commit
  }

  /** Takes in every line of a commit's payload. */
  apply(payload: Buffer, commit: CommitNumber): void {
    for (const line of linesOf(payload)) this.#applyLine(line, commit)
  }

  remove(identity: string): void {
    this.#bytes -= this.#keys.get(identity)?.bytes ?? 0
    this.#keys.delete(identity)
  }

  #applyLine({ identity, removed, start, end }: Line, commit: CommitNumber): void {
    this.remove(identity)
    if (removed) return
    const bytes = end - start + 1
    this.#keys.set(identity, { commit, bytes })
    this.#bytes += bytes
  }
}
