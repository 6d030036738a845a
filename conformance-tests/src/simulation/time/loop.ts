import { type Chance, hashOf } from './chance.ts'

interface Planned {
  readonly at: number
  readonly tie: number
  readonly order: number
  readonly key: string
  /** `undefined`: called off. */
  run: (() => void) | undefined
}

const isBefore = (a: Planned, b: Planned): boolean =>
  a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order

/** Lets everything go on that waits for no event: a macrotask comes only when no microtask is left. */
const drained = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** No history has so many events: one that does goes round in circles. */
export const mostEvents = 100_000

/**
 * Virtual time: a heap of events. One runs, everything it leads to runs, then the next. Events of one instant come in an order
 * that their keys and the seed decide.
 */
export class Loop {
  /** Milliseconds since the history began. */
  now = 0
  /** Events so far. */
  events = 0
  /** A number that two runs share only if they did the same things at the same times. */
  trace = 0
  /** Hears of everything that is noted, with more about it where there is more. */
  heard: ((what: string, about?: unknown) => void) | undefined
  /** Called after every event, with everything it led to done. */
  after: () => void = () => {}
  readonly #chance: Chance
  readonly #heap: Planned[] = []
  #order = 0
  #foreign = 0

  constructor(chance: Chance) {
    this.#chance = chance
  }

  /** Runs `run` in `ms`, to the millisecond as clocks have it; the result calls it off. */
  plan(ms: number, key: string, run: () => void): () => void {
    this.#order += 1
    const planned: Planned = {
      at: this.now + Math.round(ms),
      tie: this.#chance('tie', key),
      order: this.#order,
      key,
      run,
    }
    this.#push(planned)
    return () => {
      planned.run = undefined
    }
  }

  /** Time stands still until `work` of the real world is done. */
  async foreign<T>(work: Promise<T>): Promise<T> {
    this.#foreign += 1
    try {
      return await work
    } finally {
      this.#foreign -= 1
    }
  }

  /** Notes what happened, for {@link trace}. */
  note(what: string, about?: unknown): void {
    this.trace = hashOf(what, this.trace)
    this.heard?.(what, about)
  }

  /** Until `done`, or until there is nothing more to do, or until `untilMs`. */
  async run(untilMs: number, done: () => boolean = () => false): Promise<void> {
    await this.#calm()
    while (!done() && this.events < mostEvents) {
      const next = this.#pop()
      if (!next) break
      if (next.at > untilMs) {
        this.#push(next)
        break
      }
      if (!next.run) continue
      this.now = next.at
      this.events += 1
      this.note(`${next.at} ${next.key}`)
      next.run()
      await this.#calm()
      this.after()
    }
    if (!done()) this.now = Math.max(this.now, untilMs)
  }

  async #calm(): Promise<void> {
    do await drained()
    while (this.#foreign > 0)
  }

  #push(planned: Planned): void {
    const heap = this.#heap
    let at = heap.push(planned) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(planned, heap[parent] as Planned)) break
      heap[at] = heap[parent] as Planned
      at = parent
    }
    heap[at] = planned
  }

  #pop(): Planned | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || first === last) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Planned, heap[child] as Planned)) child += 1
      if (!isBefore(heap[child] as Planned, last)) break
      heap[at] = heap[child] as Planned
      at = child
    }
    heap[at] = last
    return first
  }
}
