import type { History } from '../history/history.ts'
import type { Violation } from '../oracles/violation.ts'

/** How far `simulate` is. */
export interface SimulationProgress {
  /** So many have been run. */
  readonly histories: number
  /** In so many of them something went wrong. */
  readonly failed: number
}

/** A history in which something went wrong that must never happen. */
export interface FailedHistory {
  readonly seed: number
  /** What goes wrong in `history`, where its times and steps are from. */
  readonly violations: readonly Violation[]
  /** The smallest history that was found in which the same goes wrong, as plain data. */
  readonly history: History
  /** The same in words: what is done when. */
  readonly story: readonly string[]
  /** What then happened, as lines. */
  readonly events: readonly string[]
  /** The line that runs the whole one again. */
  readonly repeat: string
}

/** What `simulate` found. */
export interface SimulationReport {
  /** So many were run. */
  readonly histories: number
  readonly failed: readonly FailedHistory[]
  /** By name, how often each fault struck and each act was done. */
  readonly coverage: Readonly<Record<string, number>>
  /** On this machine, by its own clock; what it took to make failed ones smaller not counted. */
  readonly historiesPerSecond: number
}
