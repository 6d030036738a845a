import type { Range, Tally } from '@rowkeep/conformance-tests/simulation'

/** What a thread is given: histories to run. */
export interface Job {
  readonly range: Range
  /** Measures the heap afterwards, with the garbage gone. */
  readonly weighed: boolean
}

/** What comes back. */
export interface Done {
  readonly tally: Tally
  /** Bytes of the thread's heap; `undefined`: not measured. */
  readonly heapBytes: number | undefined
}

/** What a thread starts with. */
export interface Start {
  /** One number per thread: the seed that it runs, so that others can see where one hangs. */
  readonly seeds: Float64Array
  readonly at: number
}
