import type { Feed } from '../contracts/remote-adapter.ts'
import { abortable } from '../errors/deadline.ts'
import { isSyncError } from '../errors/sync-error.ts'
import { headsOf } from '../journal/view.ts'
import type { RecordKey } from '../model/identity.ts'
import { awaitsPull } from '../sync/cycle.ts'
import { feedEntry, isClosed } from '../sync/feeds.ts'
import type { Tabs, Work } from '../sync/ports.ts'
import { holdLock } from './hold.ts'
import { Lead } from './lead.ts'
import { type Message, messagesOf } from './messages.ts'
import { isTaken, Sessions, sessionOf } from './sessions.ts'
import { askMs, leaseMs, Silence } from './silence.ts'

/** A platform that does not answer for so long whether a lock is free holds nobody up, ms. */
const locksMs = 1000

/** What changed for others' operations is looked at after so long, ms: many commits come at once. */
const lookMs = 100

/** So late, in parts of the interval, a pull by another tab is overdue. */
const lateness = 1.25

/** So many questions in a row a tab waits for a pull by another one that answers and brings none. */
const patience = (4 * leaseMs) / askMs

/** In place of a session: whoever leads. */
const leader = ''

const noRecords: ReadonlySet<RecordKey> = new Set()

/** The work of one tab, shared with the others. */
export class Share implements Tabs {
  readonly #work: Work
  readonly #place: string
  readonly #sessions: Sessions
  readonly #lead: Lead
  readonly #silence = new Silence()
  #channel: ReturnType<typeof messagesOf>
  #takesPart = false
  #asked = false
  /** An app of a higher version has the data: this tab can do nothing for the others any more. */
  #outdated = false
  /** Another tab is to pull, and has not for too long: until it has nothing is sent, as in a tab that has not pulled. */
  #waits = false
  /** Another tab pulls what has to be read before anything is sent: nothing is. */
  #isBlind = false
  /** How many questions ago that began. */
  #overdue = 0
  #feeds: readonly Feed[] = []
  #leave: (() => void)[] = []
  #cancelLook: (() => void) | undefined
  #cancelAsk: (() => void) | undefined
  #cancelLate = (): void => {}
  #catchUp = (): void => {}

  constructor(work: Work, place: string) {
    this.#work = work
    this.#place = place
    this.#sessions = new Sessions(work, place)
    this.#lead = new Lead(work, place)
    // As if the store had told of a commit.
    const watch = (listener: (head: number) => void): (() => void) => {
      this.#catchUp = () => listener(Number.POSITIVE_INFINITY)
      return () => {}
    }
    work.journal.follow({ watch })
  }

  join(wants: boolean): void {
    const takesPart = wants && !this.#outdated
    if (this.#takesPart === takesPart) return
    this.#takesPart = takesPart
    if (!takesPart) {
      for (const end of this.#leave.splice(0)) end()
      this.#channel = this.#cancelLook = this.#cancelAsk = undefined
      this.#waits = this.#isBlind = false
      return
    }
    const { env, changed, own } = this.#work
    this.#channel = messagesOf(env, this.#place, (message) => this.#hear(message))
    this.#lead.stand(0)
    this.#leave = [
      changed.add((touched) => this.#committed(touched)),
      this.#sessions.hold().release,
      () => this.#sessions.release(),
      () => this.#lead.leave(),
      () => this.#work.follow([]),
      () => this.#channel?.close(),
      () => this.#cancelLook?.(),
      () => this.#cancelAsk?.(),
      () => this.#cancelLate(),
    ]
    this.#channel?.post({ from: own })
  }

  async ready(asked: boolean): Promise<() => void> {
    const turn = holdLock(this.#work.ordered ? undefined : this.#work.env.locks, `${this.#place}/cycle`, () => true)
    try {
      await this.#inTime(this.#work.requestTimeoutMs, turn.held)
      await this.#prepare(asked)
    } catch (error) {
      turn.release()
      throw error
    }
    return turn.release
  }

  /** Waits, but not for longer, nor once everything is to end. */
  #inTime(ms: number, work: Promise<unknown>): Promise<void> {
    return abortable(this.#work.signal(), (resolve, reject) => {
      work.then(() => resolve(), reject)
      return this.#work.env.setTimer(ms, resolve)
    })
  }

  async #prepare(asked: boolean): Promise<void> {
    const { journal, ordered } = this.#work
    this.#asked = asked || !this.#takesPart
    if (this.#asked || !this.#lead.leads || !ordered) this.#catchUp()
    try {
      await journal.write(() => {})
    } catch (error) {
      this.#outdated = isSyncError(error, 'SYNC_FORMAT_NEWER')
      this.join(this.#takesPart)
      throw error
    }
    const waiting = this.#sessions.waiting()
    await this.#inTime(locksMs, Promise.all([this.#sessions.look(waiting), this.#takesPart && this.#lead.tried]))
    await this.#sessions.take([...waiting].filter((session) => this.#inherits(session)))
    this.#plan()
  }

  isOthers(place: string): boolean {
    const session = sessionOf(place)
    // Before the first pull a tab does not know whether the history is still the one its operations were made for.
    if (this.#isBlind || (this.#waits && this.#work.lastPullAt === undefined)) return true
    if (session === this.#work.own) return false
    return !(this.#inherits(session) && isTaken(this.#work.ledger, session))
  }

  isOurs(place: string): boolean {
    const { own, ledger } = this.#work
    return sessionOf(place) === own && !isTaken(ledger, own)
  }

  isPulled(feeds: readonly Feed[]): boolean {
    this.#feeds = feeds
    this.#waits = !(this.#isInCharge || this.#overdue >= patience)
    this.#isBlind = this.#waits && this.#work.remote.capabilities.conditional === 'none'
    // What nobody compares goes on top of what this very cycle has read.
    if (this.#isBlind && this.#hasOwn()) this.#isBlind = this.#waits = false
    if (!this.#waits) {
      this.#overdue = 0
      return false
    }
    this.#waits = !this.#isFresh()
    if (this.#waits || awaitsPull(this.#work)) this.#channel?.post({ from: this.#work.own, asks: 'pull' })
    this.#plan()
    return true
  }

  /** Whether what belongs to no living tab is for this one. */
  get #isInCharge(): boolean {
    return this.#asked || this.#lead.leads
  }

  #isGone(session: string): boolean {
    return this.#sessions.isOver(session) || this.#silence.isLong(session)
  }

  #committed(touched: ReadonlySet<RecordKey>): void {
    if (!this.#lead.leads && this.#isFresh() && this.#waits) {
      this.#waits = false
      this.#work.want()
    }
    if (touched.size === 0) return
    this.#cancelLook ??= this.#work.env.setTimer(lookMs, () => {
      this.#cancelLook = undefined
      this.#work.background(this.#look())
      this.#plan()
    })
  }

  async #look(): Promise<void> {
    await this.#sessions.look(this.#sessions.waiting())
    if (this.#canSend()) this.#work.want()
  }

  /** Whether the session's operations are for this tab, once that is noted. */
  #inherits(session: string): boolean {
    return this.#isInCharge && this.#isGone(session)
  }

  #hasOwn(): boolean {
    const { ledger, own } = this.#work
    return headsOf(ledger).some(({ key, op }) => op.state === 'pending' && sessionOf(key) === own)
  }

  /** Whether a commit of another tab made something ready that no cycle here has met. */
  #canSend(): boolean {
    const { ledger, related, failures, unsettled } = this.#work
    const waits = related?.waits(ledger)
    return headsOf(ledger).some((head) => {
      const { opId, state, expected } = head.op
      const isMet = failures.has(opId) || unsettled.has(opId)
      const isOthers = this.isOthers(head.key) && !this.#inherits(sessionOf(head.key))
      return state === 'pending' && expected !== undefined && !isMet && !isOthers && !waits?.(head)
    })
  }

  /** Takes note of what another tab has pulled; whether that is young enough. */
  #isFresh(): boolean {
    const { env, ledger, pullIntervalMs, changed, want } = this.#work
    const open = this.#feeds.filter((feed) => !isClosed(this.#work, feed))
    const at = Math.min(...open.map((feed) => feedEntry({ ledger }, feed).at ?? Number.NEGATIVE_INFINITY))
    const age = env.now() - at
    // A clock that went back says nothing about the age.
    if (!(age >= 0 && age < lateness * pullIntervalMs)) return false
    this.#overdue = 0
    this.#cancelLate()
    this.#cancelLate = env.setTimer(lateness * pullIntervalMs - age, () => want(true))
    const { lastPullAt = 0 } = this.#work
    // One that is still to come was read on a clock that has gone back since.
    if (at > lastPullAt || lastPullAt > env.now()) {
      this.#work.lastPullAt = at
      changed.tell(noRecords)
    }
    return true
  }

  #hear({ from, rung, asks }: Message): void {
    const { own, want, follow } = this.#work
    if (from === own) return
    this.#silence.heard(from)
    this.#sessions.heard(from)
    if (rung !== undefined) {
      this.#silence.heard(leader)
      if (this.#lead.yield(rung)) follow([])
    }
    if (!asks) return
    this.#channel?.post({ from: own, rung: this.#lead.leads ? this.#lead.rung : undefined })
    if (asks === 'pull' && this.#lead.leads) want(true)
  }

  /** Whom this tab waits for. */
  #awaited(): ReadonlySet<string> {
    const waiting = [...this.#sessions.waiting()]
    const names = waiting.filter((session) => !this.#sessions.isOver(session))
    // What is left by whoever is gone is the leader's to send.
    return new Set(this.#waits || (waiting.length > 0 && !this.#lead.leads) ? [...names, leader] : names)
  }

  /** Sees to it that whoever is waited for is asked, as long as somebody is. */
  #plan(): void {
    if (!this.#takesPart || this.#cancelAsk || this.#awaited().size === 0) return
    this.#cancelAsk = this.#work.env.setTimer(askMs, () => {
      this.#cancelAsk = undefined
      this.#ask(this.#awaited())
      this.#plan()
    })
  }

  #ask(names: ReadonlySet<string>): void {
    const { own, want } = this.#work
    const lost = this.#silence.ask(names)
    if (names.size === 0) return
    this.#channel?.post({ from: own, asks: 'life' })
    if (this.#waits) this.#overdue += 1
    if (lost.includes(leader)) {
      this.#silence.heard(leader)
      this.#lead.stand(this.#lead.rung + 1)
    }
    if (lost.length > 0 || this.#overdue >= patience) want(this.#waits)
  }
}
