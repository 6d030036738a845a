import type { Ended } from '../core/level.ts'
import type { Counts } from './report.ts'

/** The chapters of CONTRACT.md, by the first part of their clauses' numbers. */
export const chapters: Readonly<Record<string, string>> = {
  'LS-1': 'Life cycle',
  'LS-2': 'Atomic commits',
  'LS-3': 'Compare-and-set',
  'LS-4': 'Loading',
  'LS-5': 'Durability and other holders',
  'LS-6': 'Isolation',
  'LS-7': 'Values and keys',
  'LS-8': 'Capabilities and limits',
  'RA-1': 'Capabilities',
  'RA-2': 'Reading',
  'RA-3': 'Deletions and evictions',
  'RA-4': 'Writing',
  'RA-5': 'Conditional writes',
  'RA-6': 'Resends',
  'RA-7': 'Atomic requests',
  'RA-8': 'Users',
  'RA-9': 'Hostile input',
  'RA-10': 'Failing pulls',
  'RA-11': 'Failing pushes',
  'RA-12': 'Calls',
  'RA-13': 'History',
  'RA-14': 'Live channel',
  'RA-15': 'Optional interfaces',
  'RA-16': 'Fields with a codec',
  'RA-17': 'Queries',
}

const chapterOf = ({ case: { clause } }: Ended): string => clause.slice(0, clause.indexOf('.'))

/** Numbers within a chapter, runs of them shortened: `1-3, 5`. */
function numbersOf(ended: readonly Ended[]): string {
  const numbers = ended.map(({ case: { clause } }) => Number(clause.slice(clause.indexOf('.') + 1)))
  const spans: [from: number, to: number][] = []
  for (const number of numbers) {
    const last = spans.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else spans.push([number, number])
  }
  return spans.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ')
}

const remarkOf = ({ outcome }: Ended): string => {
  if (outcome.status === 'failed') return 'FAILS'
  if (outcome.status === 'gap') return `known gap: ${outcome.reason}`
  return outcome.status === 'skipped' ? outcome.reason : ''
}

/** What was said of clauses that do not simply hold, each reason once with the clauses it is about. */
function remarksOf(ended: readonly Ended[]): string {
  const remarks = [...byRemark(ended)].filter(([remark]) => remark !== '')
  return remarks.map(([remark, those]) => `${numbersOf(those)}: ${remark.replaceAll('|', '\\|')}`).join('; ')
}

function byRemark(ended: readonly Ended[]): ReadonlyMap<string, readonly Ended[]> {
  const groups = new Map<string, Ended[]>()
  for (const one of ended) groups.set(remarkOf(one), [...(groups.get(remarkOf(one)) ?? []), one])
  return groups
}

/** The clauses of one implementation as a Markdown table, a row for each chapter. */
export function clauseTable(ended: readonly Ended[], level: string | undefined): string {
  const rows = [...new Set(ended.map(chapterOf))].map((chapter) => {
    const mine = ended.filter((one) => chapterOf(one) === chapter)
    const holding = mine.filter(({ outcome }) => outcome.status === 'passed')
    return `| ${chapter} ${chapters[chapter] ?? ''} | ${numbersOf(holding)} | ${remarksOf(mine)} |`
  })
  const head = ['| chapter of CONTRACT.md | hold | do not apply |', '|---|---|---|', ...rows]
  return [...head, ...(level === undefined ? [] : ['', `${level[0]?.toUpperCase()}${level.slice(1)}.`])].join('\n')
}

/** What a run of one suite adds up to. */
export interface Summary {
  readonly name: string
  /** `undefined` for a store. */
  readonly levels: { readonly declared: string; readonly proved: string } | undefined
  readonly counts: Counts
}

/** All suites as a Markdown table, a row for each. */
export function levelTable(summaries: readonly Summary[]): string {
  const rows = summaries.map(({ name, levels, counts: { passed, failed, skipped, gaps } }) => {
    const { declared, proved } = levels ?? { declared: '', proved: '' }
    return `| \`${name}\` | ${declared} | ${proved} | ${passed - gaps} | ${failed} | ${gaps} | ${skipped} |`
  })
  const head = '| | level declared | level proved | clauses that hold | fail | known gaps | do not apply |'
  return [head, '|---|---|---|---|---|---|---|', ...rows].join('\n')
}

/** The text with the table between the markers of clauses of that name; `undefined`: it has no such markers. */
export const withTable = (text: string, name: string, table: string): string | undefined =>
  between(text, `<!-- clauses ${name} -->`, '<!-- /clauses -->', table)

/** The text with the table between the markers of levels; `undefined`: it has no such markers. */
export const withLevels = (text: string, table: string): string | undefined =>
  between(text, '<!-- levels -->', '<!-- /levels -->', table)

function between(text: string, begin: string, end: string, table: string): string | undefined {
  const from = text.indexOf(begin)
  const to = text.indexOf(end, from)
  if (from < 0 || to < 0) return undefined
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`
}
