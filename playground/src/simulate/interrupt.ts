import { once } from 'node:events'

/** Ctrl-C: the first one asks for an end, a second one ends the program at once. */
export class Interrupt {
  readonly #over = new AbortController()
  #stopped = false

  /** @param says what comes of the first one, as `ends after the histories under way` */
  constructor(says: string, onStop: () => void = () => {}) {
    once(process, 'SIGINT', { signal: this.#over.signal }).then(
      () => {
        this.#stopped = true
        process.stderr.write(`\n${says}; Ctrl-C once more ends it at once\n`)
        onStop()
      },
      () => {},
    )
  }

  /** Whether it was asked for an end. */
  get stopped(): boolean {
    return this.#stopped
  }

  /** Ctrl-C is what it was. */
  close(): void {
    this.#over.abort()
  }
}
