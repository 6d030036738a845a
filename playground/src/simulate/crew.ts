import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { addTally, emptyTally, type Range, type Tally } from '@rowkeep/conformance-tests/simulation'
import type { Done, Job, Start } from './jobs.ts'

/** A history of some milliseconds that takes so long does not end. */
const hangMs = 120_000

/** Seeds that a thread takes at a time: enough to make the message cheap, few enough that all threads end together. */
const handful = 20

/** Threads that run histories, each of which is its own world: who runs which changes nothing. */
export class Crew {
  readonly #seeds: Float64Array
  readonly #workers: readonly Worker[]

  constructor(size: number) {
    this.#seeds = new Float64Array(new SharedArrayBuffer(size * Float64Array.BYTES_PER_ELEMENT))
    this.#workers = Array.from({ length: size }, (_, at) => {
      const workerData: Start = { seeds: this.#seeds, at }
      // Nearly everything a history makes is garbage when it ends: the more of it fits, the less is copied.
      return new Worker(new URL('./worker.js', import.meta.url), {
        workerData,
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      })
    })
  }

  /** Runs a range; `onPart` is called with every part of it that is done, and calls the rest off where it answers `false`. */
  async run(range: Range, onPart: (sum: Tally, part: Done) => boolean | void, weighed = false): Promise<Tally> {
    const sum = emptyTally()
    let next = range.from
    const end = range.from + range.count
    const keepOn = async (worker: Worker, at: number): Promise<void> => {
      while (next < end) {
        const part = { ...range, from: next, count: Math.min(handful, end - next) }
        next += part.count
        const done = await this.#give(worker, at, { range: part, weighed })
        addTally(sum, done.tally)
        if (onPart(sum, done) === false) next = end
      }
    }
    await Promise.all(this.#workers.map(keepOn))
    return sum
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  async #give(worker: Worker, at: number, job: Job): Promise<Done> {
    const ended = new AbortController()
    worker.postMessage(job)
    try {
      return await Promise.race([
        once(worker, 'message', { signal: ended.signal }).then(([done]) => done as Done),
        once(worker, 'exit', { signal: ended.signal }).then(([code]) => {
          throw new Error(`a thread ended with code ${code}, at seed ${this.#seeds[at]}`)
        }),
        this.#hang(at, ended.signal),
      ])
    } finally {
      ended.abort()
    }
  }

  /** Rejects once a thread stands at one seed for too long. */
  #hang(at: number, signal: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      let seed = this.#seeds[at]
      const watch = setInterval(() => {
        if (seed === this.#seeds[at]) reject(new Error(`seed ${seed} does not end within ${hangMs / 1_000} s`))
        seed = this.#seeds[at]
      }, hangMs)
      signal.addEventListener('abort', () => clearInterval(watch), { once: true })
    })
  }
}
