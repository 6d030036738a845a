import type { SyncPorts } from './ports.ts'

/** The longest that a server is believed to need, ms. */
const longestWaitMs = 3_600_000

/**
 * How long to wait after the n-th failure in a row (from 1): full jitter, so that many clients never come back together
 * (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). What a server asks for is the least,
 * up to an hour.
 */
export function retryDelay(
  { env, retryMinMs, retryMaxMs }: SyncPorts,
  failures: number,
  retryAfterMs: number = 0,
): number {
  const jitter = env.random() * Math.min(retryMaxMs, retryMinMs * 2 ** (failures - 1))
  const least = Math.min(retryAfterMs, longestWaitMs)
  return Math.round(least > 0 ? least + Math.min(jitter, least) : jitter)
}
