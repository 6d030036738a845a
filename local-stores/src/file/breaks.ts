/**
 * The breaks of background work: they let commits in, and do not keep the process alive. After `stop` there are no more
 * breaks, so that a `close` which waits for the work is not left waiting on a break that the event loop skips.
 */
export class Breaks {
  #stopped = false
  #resume: (() => void) | undefined

  /** True once the work should end early. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Gives way to everything else that is ready to run. */
  take(): Promise<void> {
    if (this.#stopped) return Promise.resolve()
    return new Promise((resolve) => {
      this.#resume = resolve
      setImmediate(resolve).unref()
      // An idle event loop does not come round for an immediate that is unref'd; for such a timer it does.
      setTimeout(resolve, 1).unref()
    })
  }

  stop(): void {
    this.#stopped = true
    this.#resume?.()
  }
}
