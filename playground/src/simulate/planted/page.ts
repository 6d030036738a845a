import { read } from '../../failures/catalogue.ts'
import type { Hunted } from './hunt.ts'
import type { Plant } from './plants.ts'

/** Where what was found is published. */
export const pageFile = 'docs/simulation.md'

const [begin, end] = ['<!-- planted: made by `npm run simulate -- --planted --publish` -->', '<!-- /planted -->']

/** What becomes of one plant. */
export type Row = readonly [plant: Plant, hunted: Hunted]

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** The histories in which a plant is looked for, where they are not any. */
function whereOf({ profile, theme: { acts = {}, faults = {}, setup = {} } = {} }: Plant): string {
  const set = Object.entries(setup).map(([field, value]) => `${field}: ${value}`)
  return [profile ?? [], Object.keys(acts), Object.keys(faults), set].flat().join(', ')
}

/** What the list says of a plant: a row of the page begins with it. */
const headOf = (plant: Plant): string =>
  `| \`${plant.name}\` | ${escaped(plant.is)} | ${plant.rule} | ${whereOf(plant)} |`

/** What stands on the page of a plant that was hunted. */
function rowOf([plant, { invariant, seed, seconds }]: Row): string {
  if (invariant === undefined) return `${headOf(plant)} not in ${seed} histories: ${escaped(plant.unseen ?? '')} | | |`
  return `${headOf(plant)} ${escaped(invariant)} | ${seed} | ${seconds.toFixed(1)} |`
}

const isMissed = (row: string): boolean => /\| not in \d+ histories/.test(row)

/** After how many histories the plant of a row was found. */
const seedIn = (row: string): number => Number(/\| (\d+) \| [\d.]+ \|$/.exec(row)?.[1])

/** The page in three parts. @throws Error if it has no place for the table */
function partsOf(page: string): readonly [before: string, table: string, after: string] {
  const [before, rest] = page.split(begin)
  const [table, after] = rest?.split(end) ?? []
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${pageFile} has lost its marks`)
  return [before, table, after]
}

const rowsIn = (page: string): readonly string[] =>
  partsOf(page)[1]
    .split('\n')
    .filter((line) => line.startsWith('| `'))

function tableOf(rows: readonly string[]): string {
  const found = rows.filter((row) => !isMissed(row))
  const seeds = found.map(seedIn).sort((a, b) => a - b)
  const half = seeds[(seeds.length - 1) >> 1] ?? 0
  return [
    `**${found.length} of ${rows.length} found**, half of them within ${half} histories.`,
    '',
    '| planted | what goes wrong | rule | only with | found by | histories | seconds |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/** The page with what was hunted in its table; rows of other plants stay, those of no plant go. */
export function pageWith(page: string, plants: readonly Plant[], hunted: readonly Row[]): string {
  const old = rowsIn(page)
  const rows = plants.flatMap((plant) => {
    const row = hunted.find(([{ name }]) => name === plant.name)
    return row ? rowOf(row) : old.filter((one) => one.startsWith(headOf(plant)))
  })
  const [before, , after] = partsOf(page)
  return `${before}${begin}\n\n${tableOf(rows)}\n\n${end}${after}`
}

/** What the page says otherwise than the list: rows that lack, and rows that are too many or not found without a reason. */
export function pageComplaints(page: string, plants: readonly Plant[]): readonly string[] {
  const rows = rowsIn(page)
  const rowOfPlant = (plant: Plant): string | undefined => rows.find((row) => row.startsWith(headOf(plant)))
  const known = new Set(plants.map(rowOfPlant))
  return [
    ...plants.filter((one) => !rowOfPlant(one)).map(({ name }) => `${name} is not on the page, or otherwise`),
    ...rows.filter((row) => !known.has(row)).map((row) => `the list has not: ${row}`),
    ...plants
      .filter((one) => one.unseen === undefined && isMissed(rowOfPlant(one) ?? ''))
      .map(({ name }) => `${name} is not found, and the list does not say why`),
  ]
}

export const readPage = (): Promise<string> => read(pageFile)
