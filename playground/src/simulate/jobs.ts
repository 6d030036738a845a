import type { Crashes, Range, Tally } from '@rowkeep/conformance-tests/simulation'

/** Histories to run. */
export interface SearchJob {
  readonly kind: 'search'
  readonly range: Range
  /** Measures the heap afterwards, with the garbage gone. */
  readonly weighed: boolean
}

/** What comes back. */
export interface Searched {
  readonly tally: Tally
  /** Bytes of the thread's heap; `undefined`: not measured. */
  readonly heapBytes: number | undefined
}

/** One short history over one store, with the app dying at every I/O in turn. */
export interface CrashJob {
  readonly kind: 'crashes'
  /** Number of the store in the list of them. */
  readonly store: number
  /** Number of the history among the short ones. */
  readonly history: number
}

/** What came of it. */
export interface Crashed extends Crashes {
  /** How long the thread took, s. */
  readonly seconds: number
}

/** What a thread is given. */
export type Job = SearchJob | CrashJob

/** What comes back of a job. */
export type Done<J extends Job> = J extends SearchJob ? Searched : Crashed

/** What a thread starts with. */
export interface Start {
  /** Two numbers per thread: the seed that it runs, and how many signs of life it gave, so that others can see where one hangs. */
  readonly marks: Float64Array
  readonly at: number
}
