import type { SharedPlugin } from '../client/options.ts'
import type { Env } from '../env/env.ts'
import { asSyncError, invalidConfig, SyncError } from '../errors/sync-error.ts'
import { borrowEnv } from './borrowed-env.ts'
import { checkOptions } from './options.ts'

type Limited = 'pull' | 'push' | 'request'

/** How much {@link rateLimit} lets through: one of `perMinute` and `minIntervalMs`. */
export interface RateLimitOptions {
  /** So many in a minute, evenly spread. */
  readonly perMinute?: number
  /** Least time between two, ms. */
  readonly minIntervalMs?: number
  /** So many may go at once after a quiet time; the rate is the same in the long run. Default 1. */
  readonly burst?: number
  /**
   * What is counted, all in one bucket. Default `['pull', 'push']`: one each for a page and for a batch of writes. `request`
   * counts what an adapter makes of them; its wait is part of the request, so `requestTimeoutMs` must leave room for it.
   */
  readonly kinds?: readonly Limited[]
}

/** Waits; rejects with `SYNC_ABORTED` as soon as one of the signals aborts, and leaves no timer behind. */
function wait(env: Env, ms: number, signals: readonly AbortSignal[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const cancel = env.setTimer(ms, () => {
      over.abort()
      resolve()
    })
    for (const signal of signals) {
      const stop = (): void => {
        over.abort()
        cancel()
        reject(asSyncError(signal.reason, 'SYNC_ABORTED'))
      }
      if (signal.aborted) return stop()
      signal.addEventListener('abort', stop, { signal: over.signal })
    }
  })
}

/** A token bucket that may be in debt: each turn is booked when it is asked for, so they come in that order. */
function bucketOf(intervalMs: number, burst: number): { book(now: number): number; giveBack(): void } {
  // In milliseconds, which are whole: a share of a turn would be rounded, and come a millisecond late or early.
  let credit = burst * intervalMs
  let at: number | undefined
  return {
    /** How long this turn has to wait, ms. */
    book: (now) => {
      // A clock that went back has told nothing about the time between.
      const elapsed = Math.max(0, now - (at ?? now))
      at = now
      credit = Math.min(burst * intervalMs, credit + elapsed) - intervalMs
      return credit < 0 ? Math.ceil(-credit) : 0
    },
    giveBack: () => {
      credit += intervalMs
    },
  }
}

const kindsKnown: readonly Limited[] = ['pull', 'push', 'request']

function checked(
  options: RateLimitOptions,
): Required<Pick<RateLimitOptions, 'burst' | 'kinds'>> & { intervalMs: number } {
  checkOptions('rateLimit', options, ['perMinute', 'minIntervalMs', 'burst', 'kinds'])
  const { perMinute, minIntervalMs, burst = 1, kinds = ['pull', 'push'] } = options
  const intervalMs = minIntervalMs ?? 60_000 / (perMinute ?? Number.NaN)
  const oneOfThem = (perMinute === undefined) !== (minIntervalMs === undefined)
  if (!oneOfThem || !(intervalMs > 0 && intervalMs <= 86_400_000)) {
    throw invalidConfig('rateLimit() needs perMinute or minIntervalMs, above 0 and at most a day apart')
  }
  if (!Number.isSafeInteger(burst) || burst < 1) throw invalidConfig('rateLimit(): burst must be 1 or more')
  if (!Array.isArray(kinds) || kinds.length === 0 || kinds.some((kind) => !kindsKnown.includes(kind))) {
    throw invalidConfig(`rateLimit(): kinds must be some of ${kindsKnown.join(', ')}`)
  }
  return { intervalMs, burst, kinds }
}

/**
 * Limits how often the backend is called, by a token bucket. What comes too early waits and is never dropped; the app's own
 * writes do not wait. `stop()` and `dispose()` end a wait at once: what waited is sent after the next start. Clients that share
 * the value share the limit.
 *
 * @example use: [rateLimit({ perMinute: 30, burst: 4 })]
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function rateLimit(options: RateLimitOptions): SharedPlugin {
  const { intervalMs, burst, kinds } = checked(options)
  const bucket = bucketOf(intervalMs, burst)
  let removed = new AbortController()
  const borrowed = borrowEnv('rateLimit', () => {
    removed.abort(new SyncError('SYNC_ABORTED', { message: 'the rate limit was removed' }))
    removed = new AbortController()
  })
  const turn = async <R>({ signal }: { readonly signal: AbortSignal }, next: () => Promise<R>): Promise<R> => {
    const env = borrowed.env()
    const ms = bucket.book(env.now())
    try {
      if (ms > 0) await wait(env, ms, [signal, removed.signal])
    } catch (error) {
      bucket.giveBack()
      throw error
    }
    return next()
  }
  const middleware = Object.fromEntries(kinds.map((kind) => [kind, turn]))
  return { name: 'rate-limit', middleware, setup: borrowed.setup }
}
