import { read } from '../../failures/catalogue.ts'
import type { Hunted } from './hunt.ts'
import type { Plant } from './plants.ts'

/** Where what was found is published. */
export const pageFile = 'docs/simulation.md'

const [begin, end] = ['<!-- planted: made by `npm run simulate -- --planted --publish` -->', '<!-- /planted -->']

/** What becomes of one plant. */
export type Row = readonly [plant: Plant, hunted: Hunted]

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** What the list says of a plant: a row of the page begins with it. */
const headOf = ({ name, is, rule, profile = '' }: Plant): string =>
  `| \`${name}\` | ${escaped(is)} | ${rule} | ${profile} |`

function rowOf([plant, { invariant, seed, seconds }]: Row): string {
  const found = invariant === undefined ? `not in ${seed} histories: ${plant.unseen ?? ''}` : invariant
  const cost = invariant === undefined ? '| |' : ` ${seed} | ${seconds.toFixed(1)} |`
  return `${headOf(plant)} ${escaped(found)} |${cost}`
}

/** How many were found, and each with the invariant that broke and the number of histories until then. */
export function tableOf(rows: readonly Row[]): string {
  const found = rows.filter(([, { invariant }]) => invariant !== undefined)
  const seeds = found.map(([, { seed }]) => seed).sort((a, b) => a - b)
  const half = seeds[seeds.length >> 1] ?? 0
  return [
    `**${found.length} of ${rows.length} found**, half of them within ${half} histories.`,
    '',
    '| planted | what goes wrong | rule | only at | found by | histories | seconds |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(rowOf),
  ].join('\n')
}

/** The page with another table in it. @throws Error if it has no place for one */
export function withTable(page: string, table: string): string {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${pageFile} has lost its marks`)
  return `${before}${begin}\n\n${table}\n\n${end}${after}`
}

/** What the page says otherwise than the list: rows that lack, and rows that are too many or not found without a reason. */
export function pageComplaints(page: string, plants: readonly Plant[]): readonly string[] {
  const rows = (page.split(begin)[1]?.split(end)[0] ?? '').split('\n').filter((line) => line.startsWith('| `'))
  const rowOfPlant = (plant: Plant): string | undefined => rows.find((row) => row.startsWith(headOf(plant)))
  const known = new Set(plants.map(rowOfPlant))
  return [
    ...plants.filter((one) => !rowOfPlant(one)).map(({ name }) => `${name} is not on the page, or otherwise`),
    ...rows.filter((row) => !known.has(row)).map((row) => `the list has not: ${row}`),
    ...plants
      .filter((one) => one.unseen === undefined && /\| not in \d+ histories/.test(rowOfPlant(one) ?? ''))
      .map(({ name }) => `${name} is not found, and the list does not say why`),
  ]
}

export const readPage = (): Promise<string> => read(pageFile)
