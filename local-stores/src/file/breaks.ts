/** Calls `resume` when everything else that is ready has run, unless the process ends before. */
export function untilIdle(resume: () => void): void {
  setImmediate(resume).unref()
  // An idle event loop does not come round for an immediate that is unref'd; for such a timer it does.
  setTimeout(resume, 1).unref()
}

/**
 * The breaks of background work: they let commits in, and do not keep the process alive. After `stop` there are no more
 * breaks, so that a `close` which waits for the work is not left waiting on a break that the event loop skips.
 */
export class Breaks {
  readonly #pause: (resume: () => void) => void
  #stopped = false
  #resume: (() => void) | undefined

  constructor(pause: (resume: () => void) => void) {
    this.#pause = pause
  }

  /** True once the work should end early. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Gives way to everything else that is ready to run. */
  take(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      this.#resume = resolve
      this.#pause(resolve)
    })
  }

  stop(): void {
    this.#stopped = true
    this.#resume?.()
  }
}
