import type { Work } from '../sync/ports.ts'
import { type Hold, holdLock } from './hold.ts'

/**
 * Which tab does what is done once for all: the one that holds the lock of the lowest rung whose holder answers. A frozen one keeps
 * its rung for ever; another tab then stands for the next, and yields when it hears of the frozen one again.
 */
export class Lead {
  /** The highest rung this tab stood for. */
  rung = 0
  readonly #work: Work
  readonly #place: string
  readonly #held = new Set<number>()
  readonly #stands = new Map<number, Hold>()

  constructor(work: Work, place: string) {
    this.#work = work
    this.#place = place
  }

  get leads(): boolean {
    return this.#held.size > 0
  }

  /** Resolves when it is known whether anybody else leads. */
  get tried(): Promise<void> | undefined {
    return this.#stands.get(0)?.tried
  }

  /** Asks for the lock of a rung; where that takes a while, what the leader does begins when it is granted. */
  stand(rung: number): void {
    this.rung = rung
    const granted = (late: boolean): boolean => {
      this.#held.add(rung)
      if (late || rung > 0) this.#work.want(true)
      return true
    }
    this.#stands.set(rung, holdLock(this.#work.env.locks, `${this.#place}/lead/${rung}`, granted))
  }

  /** Somebody leads on this rung: true where that ended the lead of this tab. */
  yield(rung: number): boolean {
    const led = this.leads
    for (const [own, { release }] of this.#stands) {
      if (own <= rung) continue
      release()
      this.#stands.delete(own)
      this.#held.delete(own)
    }
    this.rung = Math.max(0, ...this.#stands.keys())
    return led && !this.leads
  }

  leave(): void {
    this.yield(-1)
  }
}
