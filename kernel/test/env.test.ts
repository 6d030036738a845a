import { expect, it, vi } from 'vitest'
import { platformEnv } from '../src/index.ts'

it('waits for a delay that is longer than the platform can count, instead of none at all', () => {
  vi.useFakeTimers()
  try {
    const run = vi.fn()
    const cancels = [Number.POSITIVE_INFINITY, 2 ** 40].map((ms) => platformEnv.setTimer(ms, run))
    vi.advanceTimersByTime(24 * 3_600_000)
    expect(run).not.toHaveBeenCalled()
    for (const cancel of cancels) cancel()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
})
