import { type Env, SyncError } from '../../src/index.ts'

/** Numbers in [0, 1) that a seed decides (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Lets everything go on that needs no timer: a macrotask comes only when no microtask is left. */
export const quiet = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Waits for a condition that needs no timer to come true. */
export async function until(condition: () => boolean, what = 'the condition'): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (condition()) return
    await quiet()
  }
  throw new Error(`${what} did not come true`)
}

/** A world in which time passes only when a test says so, and nothing is random. */
export interface VirtualEnv extends Env {
  /** Timers that have neither run nor been cancelled. */
  timers(): number
  /** Lets time pass, timers in order, each followed by everything it leads to. */
  advance(ms: number): Promise<void>
  /** Lets time pass up to the next timer and through it; false: there is none. */
  advanceToNext(): Promise<boolean>
  setOnline(online: boolean): void
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

let seeds = 0

/** Without a seed each world has one of its own, so that two devices never make the same id. */
export function virtualEnv({
  seed = ++seeds,
  fetch = () => Promise.reject(new SyncError('SYNC_NETWORK')),
  turns = 1,
}: {
  readonly seed?: number
  /** How many macrotasks time gives what a timer leads to; what works by them needs several. */
  readonly turns?: number
  readonly fetch?: typeof globalThis.fetch
} = {}): VirtualEnv {
  const random = randomFrom(seed)
  const timers = new Set<Timer>()
  const watchers = new Set<(online: boolean) => void>()
  let time = 1_800_000_000_000
  let online = true
  let ids = 0
  const next = (): Timer | undefined =>
    [...timers].reduce<Timer | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined)
  const fire = (timer: Timer): void => {
    timers.delete(timer)
    time = Math.max(time, timer.at)
    timer.run()
  }
  const calm = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await quiet()
  }
  const advance = async (ms: number): Promise<void> => {
    const end = time + ms
    await calm()
    for (let timer = next(); timer && timer.at <= end; timer = next()) {
      fire(timer)
      await calm()
    }
    time = end
  }
  const advanceToNext = async (): Promise<boolean> => {
    await calm()
    const timer = next()
    if (timer) fire(timer)
    await calm()
    return timer !== undefined
  }
  return {
    now: () => time,
    setTimer: (ms, run) => {
      const timer = { at: time + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    random,
    uuid: () => {
      ids += 1
      const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0')
      return `${hex(seed, 8)}-${hex(ids & 0xffff, 4)}-4000-8000-${hex(ids, 12)}`
    },
    fetch,
    online: {
      now: () => online,
      watch: (listener) => {
        watchers.add(listener)
        return () => watchers.delete(listener)
      },
    },
    timers: () => timers.size,
    advance,
    advanceToNext,
    setOnline: (value) => {
      online = value
      for (const watcher of [...watchers]) watcher(value)
    },
  }
}
