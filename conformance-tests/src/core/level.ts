import type { RemoteCapabilities } from '@rowkeep/kernel'
import { type Level, levelOf } from '@rowkeep/kernel/diagnostics'
import type { Case, Outcome } from './scenario.ts'

/** A case with how it ended. */
export interface Ended {
  readonly case: Case
  readonly outcome: Outcome
}

/**
 * The level that is left when what failed is taken from what was declared, known gaps included. `undefined`: a clause failed that
 * every level needs.
 */
export function provedLevel(declared: RemoteCapabilities, ended: readonly Ended[]): Level | undefined {
  let can = declared
  for (const { case: one, outcome } of ended) {
    if (outcome.status === 'passed' || outcome.status === 'skipped') continue
    if (one.otherwise === undefined) return undefined
    can = { ...can, ...one.otherwise }
  }
  return levelOf(can)
}
