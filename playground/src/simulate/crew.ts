import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { addTally, emptyTally, type Range, type Tally } from '@rowkeep/conformance-tests/simulation'
import type { Done, Job, Searched, SearchJob, Start } from './jobs.ts'

/** A history of some milliseconds that takes so long does not end. */
const hangMs = 120_000

/** Seeds that a thread takes at a time: enough to make the message cheap, few enough that all threads end together. */
const handful = 20

function* partsOf(range: Range, weighed: boolean): Generator<SearchJob> {
  const end = range.from + range.count
  for (let from = range.from; from < end; from += handful)
    yield { kind: 'search', range: { ...range, from, count: Math.min(handful, end - from) }, weighed }
}

/** Threads that run histories, each of which is its own world: who runs which changes nothing. */
export class Crew {
  readonly #marks: Float64Array
  readonly #workers: readonly Worker[]

  constructor(size: number) {
    this.#marks = new Float64Array(new SharedArrayBuffer(2 * size * Float64Array.BYTES_PER_ELEMENT))
    this.#workers = Array.from({ length: size }, (_, at) => {
      const workerData: Start = { marks: this.#marks, at }
      // Nearly everything a history makes is garbage when it ends: the more of it fits, the less is copied.
      return new Worker(new URL('./worker.js', import.meta.url), {
        workerData,
        resourceLimits: { maxYoungGenerationSizeMb: 64 },
      })
    })
  }

  /** Gives each job to whoever is free; `onDone` is called with what came of it, and calls the rest off where it answers `false`. */
  async each<J extends Job>(jobs: Iterable<J>, onDone: (job: J, done: Done<J>) => boolean | void): Promise<void> {
    const waiting = jobs[Symbol.iterator]()
    let goesOn = true
    const keepOn = async (worker: Worker, at: number): Promise<void> => {
      for (let next = waiting.next(); goesOn && !next.done; next = waiting.next()) {
        const done = await this.#give(worker, at, next.value)
        if (onDone(next.value, done) === false) goesOn = false
      }
    }
    await Promise.all(this.#workers.map(keepOn))
  }

  /** Runs a range; `onPart` is called with every part of it that is done, and calls the rest off where it answers `false`. */
  async run(range: Range, onPart: (sum: Tally, part: Searched) => boolean | void, weighed = false): Promise<Tally> {
    const sum = emptyTally()
    await this.each(partsOf(range, weighed), (_job, done) => {
      addTally(sum, done.tally)
      return onPart(sum, done)
    })
    return sum
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  async #give<J extends Job>(worker: Worker, at: number, job: J): Promise<Done<J>> {
    const ended = new AbortController()
    worker.postMessage(job)
    try {
      return await Promise.race([
        once(worker, 'message', { signal: ended.signal }).then(([done]) => done as Done<J>),
        once(worker, 'exit', { signal: ended.signal }).then(([code]) => {
          throw new Error(`a thread ended with code ${code}, at seed ${this.#marks[2 * at]}`)
        }),
        this.#hang(at, ended.signal),
      ])
    } finally {
      ended.abort()
    }
  }

  /** Rejects once a thread gives no sign of life for too long. */
  #hang(at: number, signal: AbortSignal): Promise<never> {
    return new Promise((_resolve, reject) => {
      let signs = this.#marks[2 * at + 1]
      const watch = setInterval(() => {
        if (signs === this.#marks[2 * at + 1])
          reject(new Error(`seed ${this.#marks[2 * at]} does not end within ${hangMs / 1_000} s`))
        signs = this.#marks[2 * at + 1]
      }, hangMs)
      signal.addEventListener('abort', () => clearInterval(watch), { once: true })
    })
  }
}
