import type { SyncPorts } from './ports.ts'

/**
 * How long to wait after the n-th failure in a row (from 1): full jitter, so that many clients never come back together
 * (M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015). What a server asks for is the least.
 */
export function retryDelay(
  { env, retryMinMs, retryMaxMs }: SyncPorts,
  failures: number,
  retryAfterMs: number = 0,
): number {
  const jitter = env.random() * Math.min(retryMaxMs, retryMinMs * 2 ** (failures - 1))
  return Math.round(retryAfterMs > 0 ? retryAfterMs + Math.min(jitter, retryAfterMs) : jitter)
}
