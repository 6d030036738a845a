import { type Catalogue, type Failure, failuresOf, read } from './catalogue.ts'
import { type Plant, testOf, times } from './plants.ts'
import type { Tagged } from './titles.ts'

/** All that the map of failures is made of. */
export interface FailureMap {
  readonly catalogue: Catalogue
  readonly tests: readonly Tagged[]
  readonly plants: readonly Plant[]
}

/** Whether anything holds it off: a reason, or a test, or a clause. */
const isProved = ({ id, never, clauses = [] }: Failure, tests: readonly Tagged[]): boolean =>
  never !== undefined || clauses.length > 0 || tests.some(({ ids }) => ids.includes(id))

/** Failures that nothing holds off. */
export const unproved = ({ catalogue, tests }: FailureMap): readonly string[] =>
  failuresOf(catalogue)
    .filter((one) => !isProved(one, tests))
    .map(({ id }) => id)

/** Failures whose tests were never seen red: neither a plant nor a defect of a double turns any of them red. */
export const unplanted = ({ catalogue, plants }: FailureMap): readonly string[] =>
  failuresOf(catalogue)
    .filter(({ never, id, defects = [] }) => !never && defects.length === 0 && !plants.some((one) => one.id === id))
    .map(({ id }) => id)

/** Tags that name no failure, or one that is said not to occur. */
export function strayTags({ catalogue, tests }: FailureMap): readonly string[] {
  const known = new Set(failuresOf(catalogue).flatMap(({ id, never }) => (never === undefined ? [id] : [])))
  return tests.flatMap(({ file, title, ids }) =>
    ids.filter((id) => !known.has(id)).map((id) => `${file}: ${title}: ${id}`),
  )
}

/** What is wrong with a plant, if anything. */
async function flaw(plant: Plant, { tests }: FailureMap): Promise<string | undefined> {
  const { file, title } = testOf(plant)
  const text = await read(plant.file).catch(() => undefined)
  if (text === undefined) return `there is no file ${plant.file}`
  const found = times(text, plant.find)
  if (found !== 1) return `its text stands ${found} times in ${plant.file}: ${plant.find}`
  if (plant.find === plant.replace) return 'it changes nothing'
  const isTagged = tests.some((one) => one.file === file && one.ids.includes(plant.id) && one.title.includes(title))
  return isTagged ? undefined : `no test with its tag is called ${plant.test}`
}

/** Plants that cannot be planted, each with the reason. */
export async function brokenPlants(map: FailureMap): Promise<readonly string[]> {
  const flaws = await Promise.all(map.plants.map(async (plant) => ({ plant, why: await flaw(plant, map) })))
  return flaws.flatMap(({ plant, why }) => (why === undefined ? [] : [`${plant.id}: ${why}`]))
}

/** Clauses and defects of the catalogue that the contracts and the tests of the suites do not have. */
export async function strayClauses({ catalogue }: FailureMap): Promise<readonly string[]> {
  const contract = await read('kernel/CONTRACT.md')
  const defects = await read('conformance-tests/test/defects.test.ts')
  return failuresOf(catalogue).flatMap(({ id, clauses = [], defects: planted = [] }) => [
    ...clauses.filter((clause) => !contract.includes(`**${clause}** `)).map((clause) => `${id}: ${clause}`),
    ...planted
      .filter((defect) => !clauses.some((clause) => lineOf(defects, defect).includes(`'${clause}'`)))
      .map((defect) => `${id}: ${defect}`),
  ])
}

const lineOf = (text: string, defect: string): string =>
  text.split('\n').find((line) => line.trimStart().startsWith(`'${defect}': [`)) ?? ''
