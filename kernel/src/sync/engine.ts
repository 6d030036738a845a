import { type ConflictRules, type News, noNews, type Taking } from '../conflict/context.ts'
import { awaitsVersion, reconcile } from '../conflict/reconcile.ts'
import type { Feed, RefreshableRemote, RemoteAdapter, RemoteChange } from '../contracts/remote-adapter.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import { liveOps } from '../journal/view.ts'
import { type RecordKey, recordKey, splitKey } from '../model/identity.ts'
import { retryDelay } from './backoff.ts'
import { callRemote } from './call.ts'
import { feedsOf } from './feeds.ts'
import { subscribeFeeds } from './live.ts'
import { takeLive } from './page.ts'
import type { SyncPorts } from './ports.ts'
import { type PullPorts, pullFeed } from './pull.ts'
import { Attempts, type PushPorts, pushOnce } from './push.ts'
import { askResolver } from './resolving.ts'

/** What happened in one cycle. */
export interface CycleResult {
  readonly pushed: number
  readonly pulled: number
  readonly conflicts: number
  readonly durationMs: number
}

/** Where the engine stands. `waiting`: the last cycle failed, the next one is timed. */
export type EngineState = 'stopped' | 'idle' | 'running' | 'waiting' | 'authRequired'

interface Caller {
  readonly done: (result: CycleResult) => void
  readonly fail: (error: SyncError) => void
}

const canRefresh = (remote: RemoteAdapter): remote is RemoteAdapter & RefreshableRemote => 'refresh' in remote

/**
 * Keeps one user's namespace in step with the remote: what was sent and never answered first, then pull, then push; one
 * cycle at a time, begun by writes, pokes, timers and callers. It owns every retry.
 */
export class Engine {
  readonly #ports: SyncPorts
  readonly #rules: ConflictRules
  readonly #attempts: Attempts
  readonly #recent = new Set<RecordKey>()
  readonly #asking = new Set<RecordKey>()
  #state: EngineState = 'stopped'
  #error: SyncError | undefined
  #completedAt: number | undefined
  #started = false
  #abort = new AbortController()
  #running: Promise<void> | undefined
  #wanted = { pull: false, push: false }
  #callers: Caller[] = []
  #failures = 0
  #tally: News = noNews()
  #cancelTimer: () => void = () => {}
  #stopWatching: () => void = () => {}
  #endLive: () => void = () => {}
  #liveFeeds = ''

  constructor(ports: SyncPorts) {
    this.#ports = ports
    this.#attempts = new Attempts(ports.remote.capabilities.limits.operations)
    this.#rules = {
      ordered: ports.remote.capabilities.revisions === 'ordered',
      uuid: ports.env.uuid,
      unsettled: (opId) => this.#attempts.unsettled.has(opId),
      asking: (key) => this.#asking.has(key),
      asks: ports.asks,
    }
    // What was ready to send when the last process ended may have been sent.
    for (const { op } of this.#heads()) {
      if (op.state === 'pending' && op.expected !== undefined) this.#attempts.unsettled.add(op.opId)
    }
  }

  get state(): EngineState {
    return this.#state
  }

  /** Why the last cycle failed; `undefined` after one that did not. */
  get error(): SyncError | undefined {
    return this.#error
  }

  /** When the last complete pull ended, ms on the device's clock. */
  get completedAt(): number | undefined {
    return this.#completedAt
  }

  /** Rules for decisions made outside of a cycle, such as those of the conflict inbox. */
  get rules(): ConflictRules {
    return this.#rules
  }

  /** Connects, and syncs from now on by itself. */
  start(): void {
    if (this.#started && this.#state !== 'authRequired') return this.#want({ pull: true, push: true })
    this.#started = true
    this.#failures = 0
    this.#stopWatching()
    this.#stopWatching = this.#ports.env.online.watch((online) => {
      if (online) this.#hurry()
      else this.#ports.changed()
    })
    this.#become('idle')
    this.#background(this.#reconcileFound())
    this.#want({ pull: true, push: true })
  }

  /** Ends timers, subscriptions and requests; what was under way is settled after the next start. */
  async stop(): Promise<void> {
    this.#started = false
    this.#abort.abort()
    this.#cancelTimer()
    this.#stopWatching()
    this.#endLive()
    this.#liveFeeds = ''
    await this.#running
    for (const { fail } of this.#callers.splice(0)) fail(new SyncError('SYNC_ABORTED'))
    this.#abort = new AbortController()
    this.#become('stopped')
  }

  /** The app wrote something. */
  wrote(): void {
    this.#want({ push: true })
  }

  /** One full cycle that begins after this call, at once whatever the back-off says. */
  synchronize(): Promise<CycleResult> {
    return new Promise((done, fail) => {
      this.#callers.push({ done, fail })
      this.#hurry()
    })
  }

  #become(state: EngineState): void {
    this.#state = state
    this.#ports.changed()
  }

  #want(what: { readonly pull?: boolean; readonly push?: boolean }): void {
    this.#wanted.pull ||= what.pull ?? false
    this.#wanted.push ||= what.push ?? false
    if (this.#started && this.#state === 'idle' && this.#ports.env.online.now()) this.#run()
  }

  #hurry(): void {
    this.#attempts.hurry()
    this.#wanted = { pull: true, push: true }
    this.#run()
  }

  #run(): void {
    if (this.#running) return
    this.#cancelTimer()
    this.#running = this.#cycles().finally(() => {
      this.#running = undefined
      if (this.#abort.signal.aborted) return
      if (this.#callers.length > 0) this.#run()
      // What was asked for between the last look and this turn.
      else if (this.#started && (this.#wanted.pull || this.#wanted.push)) this.#want({})
    })
  }

  async #cycles(): Promise<void> {
    // Callers of one tick share a cycle.
    await Promise.resolve()
    let served: Caller[] = []
    try {
      while (this.#wanted.pull || this.#wanted.push) {
        served = this.#callers.splice(0)
        const result = await this.#cycleWithRefresh()
        for (const { done } of served.splice(0)) done(result)
      }
      this.#succeeded()
    } catch (thrown) {
      const error = asSyncError(thrown, 'SYNC_NETWORK')
      this.#failed(error)
      for (const { fail } of served) fail(error)
    }
  }

  #succeeded(): void {
    this.#failures = 0
    this.#error = undefined
    this.#become(this.#started ? 'idle' : 'stopped')
    if (!this.#started) return
    const { env, timing } = this.#ports
    const idle = timing.pullIntervalMs * (0.9 + 0.2 * env.random())
    const due = this.#heads()
      .map(({ op }) => this.#attempts.dueAt(op.opId))
      .filter((at) => at > 0)
    this.#timer(Math.max(0, Math.min(idle, ...due.map((at) => at - env.now()))))
  }

  #failed(error: SyncError): void {
    this.#error = error
    if (this.#abort.signal.aborted) return
    const { env, timing, events } = this.#ports
    this.#wanted = { pull: true, push: true }
    if (error.retry === 'afterAuth') {
      this.#become('authRequired')
      return events.emit('sync:failed', { error, retryInMs: undefined })
    }
    this.#failures += 1
    const delay = this.#started ? retryDelay(env, timing, this.#failures, error.retryAfterMs) : undefined
    this.#become(this.#started ? 'waiting' : 'stopped')
    if (delay !== undefined) this.#timer(delay)
    events.emit('sync:failed', { error, retryInMs: delay })
  }

  #timer(ms: number): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#ports.env.setTimer(ms, () => {
      if (this.#state === 'waiting') this.#state = 'idle'
      this.#want({ pull: true, push: true })
    })
  }

  async #cycleWithRefresh(): Promise<CycleResult> {
    try {
      return await this.#cycle()
    } catch (thrown) {
      const { remote } = this.#ports
      if (asSyncError(thrown, 'SYNC_NETWORK').code !== 'SYNC_AUTH_REQUIRED' || !canRefresh(remote)) throw thrown
      // Once for everything that waits; a refusal after it is final until the app acts.
      if (!(await callRemote(this.#ports, this.#abort.signal, (context) => remote.refresh(context)))) throw thrown
      this.#wanted = { pull: true, push: true }
      return this.#cycle()
    }
  }

  async #cycle(): Promise<CycleResult> {
    const { env, events } = this.#ports
    const { pull } = this.#wanted
    const startedAt = env.now()
    this.#wanted = { pull: false, push: false }
    this.#tally = noNews()
    this.#become('running')
    events.emit('sync:started', { pending: this.#heads().length })
    await this.#push(true)
    if (pull) await this.#pull()
    await this.#push(false)
    // A conflict that came without its row can be decided only after a pull.
    if (
      this.#heads().some((head) => awaitsVersion(head) && !this.#asking.has(recordKey(head.op.collection, head.op.id)))
    ) {
      this.#wanted.pull = true
    }
    const { applied, arrived, conflicts } = this.#tally
    const result = { pushed: applied, pulled: arrived, conflicts: conflicts.length, durationMs: env.now() - startedAt }
    events.emit('sync:finished', result)
    return result
  }

  async #push(settling: boolean): Promise<void> {
    while (await pushOnce(this.#callPorts(), settling)) this.#ports.changed()
  }

  async #pull(): Promise<void> {
    const feeds = feedsOf(this.#ports)
    if (this.#started) this.#subscribe(feeds)
    for (const feed of feeds) await pullFeed(this.#callPorts(), feed)
    this.#completedAt = this.#ports.env.now()
  }

  #subscribe(feeds: readonly Feed[]): void {
    const ids = feeds.map(({ id }) => id).join(' ')
    if (ids === this.#liveFeeds) return
    this.#endLive()
    this.#liveFeeds = ids
    this.#endLive = subscribeFeeds(this.#ports, feeds, this.#abort.signal, {
      poke: () => this.#want({ pull: true }),
      data: (feed, changes) => this.#live(feed, changes),
    })
  }

  #live(feed: Feed, changes: readonly RemoteChange[]): void {
    if (!this.#rules.ordered) return this.#want({ pull: true })
    for (const { collection, id } of changes) this.#recent.add(recordKey(collection, id))
    this.#background(this.#take((taking) => takeLive(taking, feed, changes)))
  }

  #callPorts(): PullPorts & PushPorts {
    const taking = (take: (taking: Taking) => void): Promise<void> => this.#take(take)
    return { ...this.#ports, signal: this.#abort.signal, attempts: this.#attempts, recent: this.#recent, taking }
  }

  async #take(take: (taking: Taking) => void): Promise<void> {
    const news = await this.#ports.journal.write((draft) => {
      const fresh = noNews()
      take({ ...this.#rules, draft, news: fresh })
      return fresh
    })
    this.tell(news)
  }

  /** Tells the app what a commit brought, and asks its resolvers. */
  tell(news: News): void {
    const { events } = this.#ports
    this.#tally.applied += news.applied
    this.#tally.arrived += news.arrived
    for (const conflict of news.conflicts) {
      this.#tally.conflicts.push(conflict)
      const [collection, id] = splitKey(conflict.key)
      events.emit('conflict:detected', { collection, id, fields: conflict.fields })
    }
    for (const { key, error } of news.quarantined) {
      const [collection, id] = splitKey(key)
      events.emit('operation:quarantined', { collection, id, error })
    }
    for (const row of news.unreadable) events.emit('row:unreadable', row)
    for (const key of news.questions) this.#ask(key)
  }

  #ask(key: RecordKey): void {
    if (this.#asking.has(key)) return
    this.#asking.add(key)
    const asked = askResolver(this.#ports, this.#rules, key).finally(() => {
      this.#asking.delete(key)
      this.#want({ push: true })
    })
    this.#background(asked)
  }

  // A resolver that had not answered when the last process ended is asked again.
  #reconcileFound(): Promise<void> {
    const { ledger } = this.#ports
    return this.#take((taking) => {
      for (const head of this.#heads()) {
        const key = recordKey(head.op.collection, head.op.id)
        if (awaitsVersion(head) && ledger.base(key)?.ancestor) reconcile(taking, key)
      }
    })
  }

  #heads(): { readonly key: string; readonly op: NonNullable<ReturnType<typeof liveOps>[number]>['op'] }[] {
    return [...this.#ports.ledger.queues()].flatMap(([key]) => liveOps(this.#ports.ledger, key).slice(0, 1))
  }

  #background(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.#ports.events.guard(() => {
        throw error
      }),
    )
  }
}
