import type { Theme } from '@rowkeep/conformance-tests/simulation'
import { catalogue, read } from '../../failures/catalogue.ts'
import { type Plant as KnownPlant, plants as knownPlants, times } from '../../failures/plants.ts'

/** A change of text. */
interface Edit {
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
}

/** A mistake as a change of the source, which the simulation has to find. */
export interface Plant {
  /** Words with hyphens, given once. */
  readonly name: string
  /** What goes wrong then, as a sentence. */
  readonly is: string
  /** The rule of the kernel's contract that it breaks, or the part of the simulation that it is made in. */
  readonly rule: string
  /** From the root of the repository. */
  readonly file: string
  readonly edits: readonly Edit[]
  /** The only backend where it can show, by name; `undefined`: histories are run against all, as the seed picks. */
  readonly profile?: string | undefined
  /** What the histories are about in which it is looked for; `undefined`: whatever their seeds make them about. */
  readonly theme?: Theme | undefined
  /** Why no history shows it; `undefined`: it must be found. */
  readonly unseen?: string | undefined
}

/** A plant as it is written down: with its text, or by the failure of the catalogue that it is planted for too. */
interface Written extends Omit<Plant, 'edits'> {
  readonly edits?: readonly Edit[]
  /** `F20`: the text is that of the failure's plant in this file. */
  readonly failure?: string
  /** Picks one where the failure has several plants in the file: a part of what stands there instead. */
  readonly part?: string
}

/** Where the list of plants is. */
const listFile = 'docs/simulation/planted.json'

function editsOf({ name, file, edits, failure, part = '' }: Written, known: readonly KnownPlant[]): readonly Edit[] {
  if (edits) return edits
  const same = known.filter((one) => one.id === failure && one.file === file && one.replace.includes(part))
  const texts = new Map(same.map(({ find, replace }) => [`${find}\0${replace}`, { find, replace }]))
  if (texts.size === 1) return [...texts.values()]
  throw new Error(`${name}: ${texts.size} plants of ${failure} in ${file}: give edits, or a part of one`)
}

/** Every plant, in the order of the list. */
export async function plants(): Promise<readonly Plant[]> {
  const written = JSON.parse(await read(listFile)) as readonly Written[]
  const known = await knownPlants(await catalogue())
  return written.map((one) => {
    const { name, is, rule, file, profile, theme, unseen } = one
    return { name, is, rule, file, profile, theme, unseen, edits: editsOf(one, known) }
  })
}

/** The text of a plant's file with the mistake in it. @throws Error if a text does not stand there exactly once */
export function plantedText({ name, file, edits }: Plant, text: string): string {
  return edits.reduce((made, { find, replace }) => {
    if (times(made, find) !== 1)
      throw new Error(`${name}: its text stands ${times(made, find)} times in ${file}: ${find}`)
    return made.split(find).join(replace)
  }, text)
}
