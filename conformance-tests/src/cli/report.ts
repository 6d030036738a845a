import type { RemoteCapabilities } from '@rowkeep/kernel'
import { levelOf } from '@rowkeep/kernel/diagnostics'
import { type Ended, provedLevel } from '../core/level.ts'
import type { Case, Outcome } from '../core/scenario.ts'

/** Marks text, or leaves it as it is where there is no colour. */
export interface Paint {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly faint: (text: string) => string
}

const sgr =
  (code: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`
const same = (text: string): string => text

/** Colours, or none. */
export const paintOf = (colour: boolean): Paint =>
  colour ? { good: sgr(32), bad: sgr(31), faint: sgr(2) } : { good: same, bad: same, faint: same }

const marks: { readonly [status in Outcome['status']]: string } = {
  passed: 'ok',
  failed: 'FAIL',
  skipped: 'skip',
  gap: 'gap',
}

function remark(outcome: Outcome): string | undefined {
  if (outcome.status === 'passed') return undefined
  if (outcome.status === 'failed') return outcome.error.message
  return outcome.status === 'gap' ? `known gap: ${outcome.reason}` : outcome.reason
}

/** The line of one clause: number, end, title, and under it what there is to say. */
export function lineOf({ clause, title }: Case, outcome: Outcome, paint: Paint): string {
  const mark = marks[outcome.status].padEnd(4)
  const colour = { passed: paint.good, failed: paint.bad, skipped: paint.faint, gap: paint.bad }[outcome.status]
  const note = remark(outcome)
  return `${clause.padEnd(8)} ${colour(mark)} ${title}${note === undefined ? '' : `\n              ${paint.faint(note)}`}`
}

/** Ended cases, counted. A known gap counts as passed: it ended as it must. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly gaps: number
}

export function countsOf(ended: readonly Ended[]): Counts {
  const count = (status: Outcome['status']): number => ended.filter(({ outcome }) => outcome.status === status).length
  return {
    passed: count('passed') + count('gap'),
    failed: count('failed'),
    skipped: count('skipped'),
    gaps: count('gap'),
  }
}

/** Declared level and the one that is left when failures and known gaps are taken off; `none`: no level. */
export const levelsOf = (
  can: RemoteCapabilities,
  ended: readonly Ended[],
): { readonly declared: string; readonly proved: string } => ({
  declared: levelOf(can),
  proved: provedLevel(can, ended) ?? 'none',
})

/** {@link levelsOf} as a line. */
export function levelLine(can: RemoteCapabilities, ended: readonly Ended[]): string {
  const { declared, proved } = levelsOf(can, ended)
  const broken = ended.filter(({ case: { otherwise }, outcome: { status } }) => {
    return otherwise === undefined && (status === 'failed' || status === 'gap')
  })
  const why = broken.length > 0 ? `; every level needs ${broken.map((one) => one.case.clause).join(', ')}` : ''
  return `level: declared ${declared}, proved ${proved}${why}`
}
