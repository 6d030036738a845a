import type { Taking } from '../conflict/context.ts'
import { reconcileWaiting } from '../conflict/reconcile.ts'
import type { Feed } from '../contracts/remote-adapter.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import type { Queued } from '../journal/ledger.ts'
import { headsOf } from '../journal/view.ts'
import type { RecordKey } from '../model/identity.ts'
import { matches } from '../query/match.ts'
import { retryDelay } from './backoff.ts'
import { callRemote } from './call.ts'
import { awaitsPull, type CycleResult, runCycle } from './cycle.ts'
import { takeIn } from './intake.ts'
import { subscriptions } from './live.ts'
import type { Intake, SyncPorts, Work } from './ports.ts'
import { waitOf } from './push.ts'

/** Where the engine stands. `waiting`: the last cycle failed, the next one is timed. */
export type EngineState = 'paused' | 'idle' | 'syncing' | 'waiting' | 'authRequired'

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
  readonly #work: Work
  #started = false
  #abort = new AbortController()
  #running: Promise<void> | undefined
  #wantsPull = false
  #wantsPush = false
  #callers: Caller[] = []
  #failures = 0
  #unanswered = 0
  #cancelTimer = (): void => {}
  #stopWatching = (): void => {}
  readonly #subscribe: (feeds: readonly Feed[]) => void

  constructor(ports: SyncPorts) {
    const { env, remote } = ports
    const { revisions, limits } = remote.capabilities
    this.#work = {
      ...ports,
      ordered: revisions === 'ordered',
      uuid: () => env.uuid(),
      inScope: (collection, record) => {
        const filter = this.#work.scope[collection]
        return !filter || matches(filter, record)
      },
      call: (run) => callRemote(ports, this.#abort.signal, run),
      signal: () => this.#abort.signal,
      take: (take) => this.take(take),
      want: (pull) => this.want(pull),
      background: (running) => this.#background(running),
      follow: (feeds) => this.#started && this.#subscribe(feeds),
      asking: new Set(),
      unsettled: new Set(),
      // Any tab sends what is ready, and tells no other before it has the answer.
      mayBeSent: ({ opId, expected }) => this.#work.unsettled.has(opId) || (ports.shared && expected !== undefined),
      failures: new Map(),
      batch: limits.operations,
      unread: new Map(),
      recent: new Set(),
      scope: {},
      lastPullAt: undefined,
      tally: { pushed: 0, pulled: 0, conflicts: 0 },
    }
    this.#subscribe = subscriptions(() => this.#work)
    // What was ready to send when the last process ended may have been sent.
    const waits = ports.related?.waits(ports.ledger)
    for (const head of this.#heads()) {
      const { op } = head
      if (op.state === 'pending' && op.expected !== undefined && !waits?.(head, true)) this.#work.unsettled.add(op.opId)
    }
  }

  /** When the last complete pull ended, ms on the device's clock; `undefined`: none yet. */
  get lastPullAt(): number | undefined {
    return this.#work.lastPullAt
  }

  /** Connects, and syncs from now on by itself. */
  start(): void {
    if (!this.#started) {
      this.#started = true
      this.#stopWatching = this.#work.env.online.watch((online) => {
        // Signed out is signed out, whatever the network does.
        if (online && this.state !== 'authRequired') this.#hurry()
        this.#work.changed.tell(noRecords)
      })
      // A resolver that had not answered when the last process ended is asked again.
      const asked = (taking: Taking): void => reconcileWaiting(taking, (key) => taking.draft.base.get(key)?.ancestor)
      this.#background(this.take(asked))
    }
    this.#failures = 0
    if (this.state !== 'syncing') this.#become('idle')
    this.want(true)
  }

  /** Ends timers, subscriptions and requests; what was under way is settled after the next start. */
  async stop(): Promise<void> {
    this.#started = false
    this.#abort.abort()
    this.#cancelTimer()
    this.#stopWatching()
    this.#subscribe([])
    await this.#running
    for (const [, fail] of this.#callers.splice(0)) fail(new SyncError('SYNC_ABORTED'))
    // What began meanwhile began under the old signal.
    this.#subscribe([])
    this.#abort = new AbortController()
    this.#become('idle')
    // A start() that came while this waited.
    this.want(true)
  }

  /** One full cycle that begins after this call, at once whatever the back-off says. */
  synchronize(): Promise<CycleResult> {
    return new Promise((resolve, reject) => {
      this.#callers.push([resolve, reject])
      this.#hurry()
    })
  }

  /** What is not started, or stopped, shows as that, also after a cycle that a caller asked for. */
  #become(state: EngineState): void {
    this.state = this.#started || state === 'syncing' || state === 'authRequired' ? state : 'paused'
    this.#work.changed.tell(noRecords)
  }

  /** Asks for a cycle as soon as one may run: what waits is sent, and with `pull` the feeds are read. */
  want(pull: boolean = false): void {
    this.#wantsPull ||= pull
    this.#wantsPush = true
    if (this.#started && this.state === 'idle' && this.#work.env.online.now()) this.#run()
  }

  #hurry(): void {
    this.#work.failures.clear()
    this.#wantsPull = this.#wantsPush = true
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
        this.#wantsPull ||= served.length > 0
        const result = await this.#cycle()
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
    const { env, pullIntervalMs, remote } = this.#work
    const idle = pullIntervalMs * (0.9 + 0.2 * env.random())
    this.#work.batch = remote.capabilities.limits.operations
    this.#failures = 0
    this.error = [...this.#work.failures.values()].at(-1)?.error
    this.#become('idle')
    let soonest = this.#unanswered > 0 ? Math.min(idle, retryDelay(this.#work, this.#unanswered)) : idle
    for (const { op } of this.#heads()) soonest = Math.min(soonest, waitOf(this.#work, op.opId) || idle)
    this.#timer(soonest)
  }

  #failed(error: SyncError): void {
    this.error = error
    if (this.#abort.signal.aborted) return
    this.#wantsPull = this.#wantsPush = true
    this.#failures += 1
    const needsUser = error.retry === 'afterAuth'
    const retryInMs = needsUser ? undefined : retryDelay(this.#work, this.#failures, error.retryAfterMs)
    this.#become(needsUser ? 'authRequired' : 'waiting')
    if (retryInMs !== undefined) this.#timer(retryInMs)
    this.#work.events.emit('sync:failed', { error, retryInMs })
  }

  #timer(ms: number): void {
    this.#cancelTimer()
    if (!this.#started) return
    this.#cancelTimer = this.#work.env.setTimer(ms, () => {
      if (this.state === 'waiting') this.state = 'idle'
      this.want(true)
    })
  }

  async #cycle(): Promise<CycleResult> {
    const pulls = this.#wantsPull
    this.#wantsPull = this.#wantsPush = false
    this.#become('syncing')
    const result = await runCycle(this.#work, pulls)
    // Asked for at once the first time; what that did not bring, later and later.
    this.#unanswered = awaitsPull(this.#work) ? this.#unanswered + 1 : 0
    if (this.#unanswered === 1) this.want(true)
    return result
  }

  /** Commits what `take` does, tells the app what that brought, and asks its resolvers. */
  take(take: (intake: Intake) => void): Promise<void> {
    return takeIn(this.#work, take)
  }

  #heads(): readonly Queued[] {
    return headsOf(this.#work.ledger)
  }

  #background(work: Promise<void>): void {
    work.catch((thrown: unknown) => {
      const error = asSyncError(thrown, 'SYNC_STORE_FAILED')
      this.#work.events.emit('sync:failed', { error, retryInMs: undefined })
    })
  }
}
