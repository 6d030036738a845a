/** Share by which the local clock may run fast: 0.1 %, ten times what crystals do. */
const drift = 0.001

/**
 * What is known of the server's time without a clock of its own: a row that could be read was stamped before it was read, so
 * at that moment the server's time was at least the stamp. From there on it passes as the local monotonic clock does.
 */
export class ServerTime {
  readonly #now: () => number
  #best: { readonly stamp: number; readonly at: number } | undefined

  /** `now`: milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Now, by the local clock. */
  now(): number {
    return this.#now()
  }

  /** A row with this stamp, ms since the epoch, was just read. */
  seen(stamp: number): void {
    const at = this.#now()
    const known = this.atLeast(at)
    if (known === undefined || stamp > known) this.#best = { stamp, at }
  }

  /** The server's time at the local time `at` was this or later; `undefined`: nothing is known. */
  atLeast(at: number): number | undefined {
    if (this.#best === undefined) return undefined
    const passed = at - this.#best.at
    return this.#best.stamp + passed - Math.abs(passed) * drift
  }
}
