import type { History } from '../history/history.ts'
import type { Violation } from '../oracles/violation.ts'
import type { Ended } from '../run.ts'

/** A history that broke an invariant. */
export interface Broken {
  readonly history: History
  readonly violations: readonly Violation[]
}

/** What came of many histories: plain data that threads can send, and that adds up in whatever order. */
export interface Tally {
  histories: number
  events: number
  /** Simulated life, ms. */
  lifeMs: number
  /** Requests that came back, well or not. */
  requests: number
  /** By name how often each fault struck and each act was done. */
  counts: Record<string, number>
  /** By name of the backend how many histories. */
  profiles: Record<string, number>
  /** The sum of all traces: two searches that did the same have the same. */
  trace: number
  broken: Broken[]
}

/** Nothing yet. */
export const emptyTally = (): Tally => ({
  histories: 0,
  events: 0,
  lifeMs: 0,
  requests: 0,
  counts: {},
  profiles: {},
  trace: 0,
  broken: [],
})

function count(counts: Record<string, number>, name: string, by: number): void {
  counts[name] = (counts[name] ?? 0) + by
}

/** Adds one history. */
export function addHistory(tally: Tally, history: History, ended: Ended): void {
  tally.histories += 1
  tally.events += ended.events
  tally.lifeMs += ended.lifeMs
  tally.requests += ended.requests
  tally.trace = (tally.trace + ended.trace) % 2 ** 32
  for (const [name, times] of ended.counts) count(tally.counts, name, times)
  count(tally.profiles, history.profile, 1)
  if (ended.violations.length > 0) tally.broken.push({ history, violations: ended.violations })
}

/** Adds what another search came to. */
export function addTally(tally: Tally, other: Tally): void {
  tally.histories += other.histories
  tally.events += other.events
  tally.lifeMs += other.lifeMs
  tally.requests += other.requests
  tally.trace = (tally.trace + other.trace) % 2 ** 32
  for (const [name, times] of Object.entries(other.counts)) count(tally.counts, name, times)
  for (const [name, times] of Object.entries(other.profiles)) count(tally.profiles, name, times)
  tally.broken.push(...other.broken)
}
