/** Runs one piece of work at a time, in the order of the calls. A failure ends its own turn only. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Settles as `work` does, once every earlier turn is over. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.then(
      () => undefined,
      () => undefined,
    )
    return turn
  }

  /** Resolves when every turn asked for so far is over. */
  idle(): Promise<unknown> {
    return this.#last
  }
}
