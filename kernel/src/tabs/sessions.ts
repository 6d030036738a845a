import type { Draft } from '../journal/draft.ts'
import type { Ledger } from '../journal/ledger.ts'
import { headsOf } from '../journal/view.ts'
import { takenKey } from '../outbox/unsent.ts'
import type { Work } from '../sync/ports.ts'
import { type Hold, holdLock } from './hold.ts'

/** The session that accepted the operation at this place. */
export const sessionOf = (place: string): string => place.slice(place.lastIndexOf('.') + 1)

const prefix = 'taken/'

/** Whether others may have sent what the session accepted. */
export const isTaken = ({ meta }: Pick<Ledger, 'meta'>, session: string): boolean => meta.has(takenKey(session))

/** Which other sessions live: each holds a lock of its own as long as it takes part. */
export class Sessions {
  readonly #work: Work
  readonly #place: string
  readonly #looks = new Map<string, Hold>()
  readonly #over = new Set<string>()

  constructor(work: Work, place: string) {
    this.#work = work
    this.#place = place
  }

  /** The other sessions that have operations which can be sent. */
  waiting(): ReadonlySet<string> {
    const { ledger, own } = this.#work
    const sessions = new Set<string>()
    for (const { key, op } of headsOf(ledger)) {
      if (op.state === 'pending' && op.expected !== undefined) sessions.add(sessionOf(key))
    }
    sessions.delete(own)
    return sessions
  }

  /** Whether the session has ended, or takes part no more. */
  isOver(session: string): boolean {
    return this.#over.has(session)
  }

  /** Asks for this session's lock. */
  hold(): Hold {
    return holdLock(this.#work.env.locks, this.#lockOf(this.#work.own), () => true)
  }

  /** Finds out whether they live, and will hear of it when one does no more. */
  async look(sessions: Iterable<string>): Promise<void> {
    for (const session of sessions) {
      if (this.#looks.has(session)) continue
      const gone = (late: boolean): boolean => {
        this.#over.add(session)
        if (late) this.#work.want()
        return false
      }
      this.#looks.set(session, holdLock(this.#work.env.locks, this.#lockOf(session), gone, true))
    }
    await Promise.all([...this.#looks.values()].map(({ tried }) => tried))
  }

  /** A sign of life: what was thought to be over is looked at again. */
  heard(session: string): void {
    if (this.#over.delete(session)) this.#looks.delete(session)
  }

  /** Looks no more. */
  release(): void {
    for (const { release } of this.#looks.values()) release()
    this.#looks.clear()
    this.#over.clear()
  }

  /** Notes that these are taken over, in a commit; and lets go of notes about sessions that have nothing open. */
  async take(sessions: readonly string[]): Promise<void> {
    const { journal, ledger, own } = this.#work
    const fresh = sessions.filter((session) => !isTaken(ledger, session))
    const noted = [...ledger.meta.keys()].flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : []))
    const done = noted.filter((session) => session === own || this.isOver(session))
    if (fresh.length + done.length === 0) return
    await journal.write((draft: Draft) => {
      const open = new Set([...ledger.queues.values()].flatMap((queue) => queue.map(({ key }) => sessionOf(key))))
      for (const session of done) if (!open.has(session)) draft.meta.set(takenKey(session), undefined)
      for (const session of fresh) draft.meta.set(takenKey(session), true)
    })
  }

  #lockOf(session: string): string {
    return `${this.#place}/tab/${session}`
  }
}
