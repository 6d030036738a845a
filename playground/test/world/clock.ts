import { type Env, platformEnv } from '@rowkeep/kernel'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** The device's clock and timers: time passes only when a scene says so, so that no deadline races with real work. */
export interface DeviceClock {
  readonly env: Env
  /** Lets time pass up to the next timer and through it; false: there is none. */
  next(): boolean
  /** Sets the clock, as a person does in the settings; timers know nothing of it. */
  jump(ms: number): void
  setOnline(online: boolean): void
}

/** A clock that begins at the platform's time. */
export function deviceClock(): DeviceClock {
  const timers = new Set<Timer>()
  const watchers = new Set<(online: boolean) => void>()
  const began = Date.now()
  let passed = 0
  let offset = 0
  let online = true
  const env: Env = {
    now: () => began + passed + offset,
    setTimer: (ms, run) => {
      const timer = { at: passed + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    // Half of every jitter: a wait is never zero, and never the same as another by accident.
    random: () => 0.5,
    uuid: platformEnv.uuid,
    fetch: platformEnv.fetch,
    online: {
      now: () => online,
      watch: (listener) => {
        watchers.add(listener)
        return () => watchers.delete(listener)
      },
    },
  }
  return {
    env,
    next() {
      const [first, ...others] = timers
      const timer = others.reduce((a, b) => (a && a.at <= b.at ? a : b), first)
      if (!timer) return false
      timers.delete(timer)
      passed = Math.max(passed, timer.at)
      timer.run()
      return true
    },
    jump(ms) {
      offset += ms
    },
    setOnline(value) {
      online = value
      for (const watcher of [...watchers]) watcher(value)
    },
  }
}
