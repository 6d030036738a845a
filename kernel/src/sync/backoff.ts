import type { Env } from '../env/env.ts'
import type { SyncTiming } from './ports.ts'

/**
 * How long to wait after the n-th failure in a row (from 1): full jitter, so that many clients never come back together
 * (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). What a server asks for is the least.
 */
export function retryDelay(env: Env, timing: SyncTiming, failures: number, retryAfterMs: number | undefined): number {
  const ceiling = Math.min(timing.retryMaxMs, timing.retryMinMs * 2 ** Math.min(failures - 1, 30))
  const jitter = env.random() * ceiling
  return Math.round(retryAfterMs === undefined ? jitter : retryAfterMs + Math.min(jitter, retryAfterMs))
}
