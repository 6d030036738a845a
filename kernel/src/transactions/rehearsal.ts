import type { Side } from '../client/write-one.ts'
import { Draft } from '../journal/draft.ts'
import type { Reader } from '../journal/ledger.ts'
import { liveOps, viewOf } from '../journal/view.ts'
import { accept, type Target } from '../outbox/accept.ts'

type Step = (draft: Draft) => void

/** Writes played on a draft that is never committed: for conditions, and for what relations do to other records. */
export class Rehearsal {
  readonly draft: Draft
  readonly #steps: Step[] = []
  #releases = false
  #places = 0

  constructor(under: Reader) {
    this.draft = this.#over(under)
  }

  #over(under: Reader): Draft {
    // Behind everything that is stored.
    return new Draft(under, () => `${Number.MAX_SAFE_INTEGER}.${this.#places++}.rehearsal`)
  }

  /** @throws SyncError `SYNC_CONDITION_FAILED`, and what `release` throws */
  play(target: Target, after: Side, release: Step | undefined): void {
    const step = (draft: Draft): void => {
      release?.(draft)
      accept(draft, target, () => after)
    }
    // Apart first, so that a step that fails leaves no trace.
    const part = this.#over(this.draft)
    step(part)
    this.draft.merge(part)
    this.#steps.push(step)
    this.#releases ||= release !== undefined
  }

  /** Every record written so far, as it is after that. */
  *played(): Iterable<readonly [Target, Side]> {
    for (const key of this.draft.queues.keys()) {
      const last = liveOps(this.draft, key).at(-1)
      if (!last) continue
      const { kind: _, change: __, state: ___, expected: ____, ...target } = last.op
      yield [target, viewOf(this.draft, key)]
    }
  }

  /** Plays it all again over a draft: a deletion throws `moved` where other records refer to what it deletes by now. */
  again(draft: Draft): void {
    if (!this.#releases) return
    const over = this.#over(draft)
    for (const step of this.#steps) step(over)
  }
}
