import type { Taking } from '../conflict/context.ts'
import { reconcileWaiting } from '../conflict/reconcile.ts'
import type { Feed } from '../contracts/remote-adapter.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { headsOf } from '../journal/view.ts'
import type { RecordKey } from '../model/identity.ts'
import { matches } from '../query/match.ts'
import { retryDelay } from './backoff.ts'
import { aroundUntil, callRemote } from './call.ts'
import { awaitsPull, type CycleResult, runCycle } from './cycle.ts'
import { takeIn } from './intake.ts'
import { subscriptions } from './live.ts'
import type { SyncPorts, Work } from './ports.ts'
import { waitOf } from './push.ts'
import { watchdog } from './watchdog.ts'

/** Where the engine stands. `waiting`: the last cycle failed, the next one is timed. */
export type EngineState = 'paused' | 'idle' | 'syncing' | 'waiting' | 'authRequired'

/** Where the switch of `pause` is kept, in table `meta`: anew each time, so that a tab that is behind meets what others did to it. */
export const pausedKey = 'paused'

/** Coming online is spread over so many first waits. */
const onlineSpread = 5

const noRecords: ReadonlySet<RecordKey> = new Set()

type Caller = readonly [done: (result: CycleResult) => void, fail: (error: SyncError) => void]

/**
 * Keeps one user's namespace in step with the remote: what was sent and never answered first (after the first pull of the
 * session), then pull, then push; one cycle at a time, begun by writes, pokes, timers and callers. It owns every retry.
 */
export class Engine {
  state: EngineState = 'paused'
  /** Why the last cycle failed; `undefined` after one that did not. */
  error: SyncError | undefined
  /** When it tries again by itself, ms on the device's clock; `undefined`: nothing is timed. */
  nextAt: number | undefined
  /** Internal: what the parts of a cycle share. */
  readonly work: Work
  /** What the app wants; {@link paused} comes on top of that. */
  wanted = false
  #started = false
  /** How many ask for nothing to go on. */
  #rests = 0
  #abort = new AbortController()
  #running: Promise<void> | undefined
  /** Whether a pull is asked for that has not begun. */
  wantsPull = false
  #wantsPush = false
  #callers: Caller[] = []
  #failures = 0
  #unanswered = 0
  #cancelTimer = (): void => {}
  #unwatch = (): void => {}
  readonly #subscribe: (feeds: readonly Feed[]) => void
  readonly #watch: (ms?: number) => void

  constructor(ports: SyncPorts) {
    const { env, remote } = ports
    const { revisions, limits } = remote.capabilities
    const signal = (): AbortSignal => this.#abort.signal
    this.work = {
      ...ports,
      ordered: revisions === 'ordered',
      uuid: () => env.uuid(),
      inScope: (collection, record) => !this.work.scope[collection] || matches(this.work.scope[collection], record),
      call: (run) => {
        this.#watch(ports.requestTimeoutMs)
        return callRemote(ports, signal(), run)
      },
      around: aroundUntil(ports.around, signal),
      signal,
      restMs: () => this.#failures && Math.max(ports.retryMinMs, (this.nextAt ?? 0) - env.now()),
      take: (take) => takeIn(this.work, take),
      want: (pull) => this.want(pull),
      background: (running) => {
        running.catch((thrown: unknown) => {
          const error = asSyncError(thrown, 'SYNC_STORE_FAILED')
          ports.events.emit('sync:failed', { error, retryInMs: undefined })
        })
      },
      follow: (feeds) => this.#started && this.#subscribe(feeds),
      asking: new Set(),
      unsettled: new Set(),
      // A tab tells no other what it sends before it has the answer.
      mayBeSent: ({ key, op }) =>
        this.work.unsettled.has(op.opId) || (ports.shared && op.expected !== undefined && !this.work.tabs?.isOurs(key)),
      busy: new Map(),
      failures: new Map(),
      batch: limits.operations,
      unread: new Map(),
      recent: new Set(),
      untold: new Map(),
      renewed: 0,
      scope: {},
      tally: { pushed: 0, pulled: 0, conflicts: 0 },
    }
    this.work.tabs = ports.share?.(this.work)
    this.#subscribe = subscriptions(() => this.work)
    const may = (): boolean => this.#started && this.state !== 'authRequired'
    this.#watch = watchdog(this.work, may, () => void this.rest())
    // What was ready to send when the last process ended may have been sent.
    const waits = ports.related?.waits(ports.ledger)
    for (const head of this.#heads()) {
      const { op } = head
      if (op.state === 'pending' && op.expected !== undefined && !waits?.(head, true)) this.work.unsettled.add(op.opId)
    }
  }

  /** Whether the app has paused it, in whatever tab or run. */
  get paused(): boolean {
    return !!Object(this.work.ledger.meta.get(pausedKey)).on
  }

  /** Syncs from now on by itself, but while it is paused. */
  start(): void {
    const { env, changed, retryMinMs, ending } = this.work
    // Nobody would stop it any more.
    if (ending.signal.aborted) return
    this.wanted = true
    this.#unwatch()
    // Also what another tab does with the switch.
    const unfollow = changed.add(() => this.#connect())
    const unwatch = env.online.watch((online) => {
      // Signed out is signed out, whatever the network does; and a server that asked for time gets it.
      const waits = this.state === 'authRequired' || (this.state === 'waiting' && this.error?.retryAfterMs)
      // Many devices come back at the same time.
      if (online && !waits) this.#timer(env.random() * onlineSpread * retryMinMs)
      changed.tell(noRecords)
    })
    this.#unwatch = () => {
      unfollow()
      unwatch()
    }
    this.#connect()
    this.#wake()
  }

  /** Ends timers, subscriptions and requests; what was under way is settled after the next start. */
  stop(): Promise<void> {
    this.wanted = false
    this.#unwatch()
    return this.rest()
  }

  /** Connects where that is wanted and not paused, and lets go where it is not. */
  #connect(): void {
    const may = this.wanted && !this.paused
    if (this.#started) {
      if (!may) void this.rest()
    } else if (may && this.#rests === 0) {
      this.#started = true
      // A resolver that had not answered when the last process ended is asked again.
      const asked = (taking: Taking): void => reconcileWaiting(taking, (key) => taking.draft.base.get(key)?.ancestor)
      this.work.background(this.work.take(asked))
      this.#wake()
    }
  }

  #wake(): void {
    this.#failures = 0
    this.wantsPull = true
    if (this.state !== 'syncing') this.#become('idle')
    this.want(true)
  }

  /** Lets go of everything, does `work` while nothing goes on, then connects again where that is wanted. */
  async rest(work?: () => Promise<unknown>): Promise<void> {
    this.#rests += 1
    this.#started = false
    this.work.tabs?.join(false)
    this.#abort.abort()
    this.#timer()
    this.#subscribe([])
    for (const [, fail] of this.#callers.splice(0)) fail(new SyncError('SYNC_ABORTED'))
    try {
      await this.#running
      await work?.()
    } finally {
      this.#rests -= 1
      if (this.#rests === 0) this.#abort = new AbortController()
      // Told only once it stands: nobody paused what goes on at once.
      this.state = 'paused'
      this.#connect()
      this.work.changed.tell(noRecords)
      if (this.#callers.length > 0) this.#run()
    }
  }

  /** One full cycle that begins after this call, at once whatever the back-off says. Not for use while paused. */
  synchronize(): Promise<CycleResult> {
    return new Promise((resolve, reject) => {
      this.work.ending.signal.throwIfAborted()
      this.#callers.push([resolve, reject])
      this.work.failures.clear()
      this.wantsPull = this.#wantsPush = true
      this.#run()
    })
  }

  /** What is not started, or stopped, shows as that, also after a cycle that a caller asked for. */
  #become(state: EngineState): void {
    this.state = this.#started || state === 'syncing' || state === 'authRequired' ? state : 'paused'
    // Where this tab is signed out, another one may not be.
    this.work.tabs?.join(this.#started && state !== 'authRequired')
    this.work.changed.tell(noRecords)
  }

  /** Asks for a cycle as soon as one may run: what waits is sent, and with `pull` the feeds are read. */
  want(pull: boolean = false): void {
    this.wantsPull ||= pull
    this.#wantsPush = true
    if (this.#started && this.state === 'idle' && this.work.env.online.now()) this.#run()
  }

  #run(): void {
    if (this.#running || this.#rests > 0 || this.work.ending.signal.aborted) return
    this.#timer()
    this.#running = this.#cycles().finally(() => {
      this.#running = undefined
      if (this.#callers.length > 0) this.#run()
      // What was asked for between the last look and this turn.
      else if (this.#wantsPush) this.want()
    })
  }

  async #cycles(): Promise<void> {
    // Callers of one tick share a cycle.
    await Promise.resolve()
    let served: Caller[] = []
    try {
      while (this.#wantsPush || this.#callers.length > 0) {
        served = this.#callers.splice(0)
        // A caller gets a full cycle, whatever was taken for done meanwhile.
        this.wantsPull ||= served.length > 0
        const end = await this.work.tabs?.ready(served.length > 0)
        const result = await this.#cycle().finally(end)
        for (const [done] of served.splice(0)) done(result)
      }
      this.#succeeded()
    } catch (thrown) {
      const error = asSyncError(thrown, 'SYNC_NETWORK')
      this.#failed(error)
      for (const [, fail] of served) fail(error)
    }
  }

  #succeeded(): void {
    const { env, pullIntervalMs, remote } = this.work
    const idle = pullIntervalMs * (0.9 + 0.2 * env.random())
    this.work.batch = remote.capabilities.limits.operations
    this.#failures = 0
    // What a resolver or a newer row made anew has another id, and what waits for a person is not sent: how it fared is over.
    this.error = undefined
    let soonest = this.#unanswered > 0 ? Math.min(idle, retryDelay(this.work, this.#unanswered)) : idle
    for (const { op } of this.#heads()) {
      soonest = Math.min(soonest, waitOf(this.work, op.opId) || idle)
      if (op.state === 'pending') this.error = this.work.failures.get(op.opId)?.error ?? this.error
    }
    this.#timer(soonest)
    this.#become('idle')
  }

  #failed(error: SyncError): void {
    if (this.#abort.signal.aborted) return
    this.error = error
    this.wantsPull = this.#wantsPush = true
    this.#failures += 1
    const needsUser = error.retry === 'afterAuth'
    const retryInMs = needsUser ? undefined : retryDelay(this.work, this.#failures, error.retryAfterMs)
    this.state = needsUser ? 'authRequired' : 'waiting'
    this.#timer(retryInMs)
    this.#become(this.state)
    this.work.events.emit('sync:failed', { error, retryInMs })
  }

  /** The one place where the next try is timed. Without `ms`: it is not. */
  #timer(ms?: number): void {
    const { env } = this.work
    this.#watch(ms)
    this.#cancelTimer()
    this.nextAt = undefined
    if (ms === undefined || !this.#started) return
    this.nextAt = env.now() + ms
    this.#cancelTimer = env.setTimer(ms, () => {
      this.nextAt = undefined
      if (this.state === 'waiting') this.state = 'idle'
      this.want(true)
    })
  }

  async #cycle(): Promise<CycleResult> {
    const pulls = this.wantsPull
    this.wantsPull = this.#wantsPush = false
    this.#become('syncing')
    const result = await runCycle(this.work, pulls)
    // Asked for at once the first time; what that did not bring, later and later.
    this.#unanswered = awaitsPull(this.work) ? this.#unanswered + 1 : 0
    if (this.#unanswered === 1) this.want(true)
    return result
  }

  #heads(): readonly Queued[] {
    return headsOf(this.work.ledger)
  }
}
