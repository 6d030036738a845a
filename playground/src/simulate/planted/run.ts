import { writeFile } from 'node:fs/promises'
import { root } from '../../failures/catalogue.ts'
import { type Hunted, hunt, type Patience } from './hunt.ts'
import { pageFile, pageWith, type Row, readPage } from './page.ts'
import { type Plant, plants } from './plants.ts'

/** Which plants are hunted, and how. */
export interface Wanted {
  /** Parts of their names; none: all of them. */
  readonly names: readonly string[]
  readonly patience: Patience
  /** Processes at a time. */
  readonly workers: number
  /** Writes what came of it into the page. */
  readonly publish: boolean
}

function lineOf(name: string, { invariant, seed, seconds, what = '' }: Hunted): string {
  const text = what.replaceAll('\n', ' ').slice(0, 160)
  return `${name.padEnd(42)} ${(invariant ?? 'not found').padEnd(10)} ${String(seed).padStart(5)} ${seconds.toFixed(1).padStart(6)} s  ${text}`
}

/**
 * Plants mistakes in the kernel, one at a time, and says after how many histories the simulation found each. The result: whether
 * it found all of them but those of which the list says why not, and nothing in the sound kernel.
 * @throws RangeError for a name that no plant has
 */
export async function runPlanted(
  { names, patience, workers, publish }: Wanted,
  write: (line: string) => void,
): Promise<boolean> {
  const all = await plants()
  const strange = names.find((part) => !all.some(({ name }) => name.includes(part)))
  if (strange !== undefined) throw new RangeError(`no plant is called ${strange}: see docs/simulation/planted.json`)
  const chosen = all.filter(({ name }) => names.length === 0 || names.some((part) => name.includes(part)))
  write(`${chosen.length} mistakes, each looked for in at most ${patience.histories} histories`)
  const came = new Map<Plant | undefined, Hunted>()
  await hunt(chosen, patience, workers, (plant, hunted) => {
    came.set(plant, hunted)
    write(lineOf(plant?.name ?? '(the sound kernel)', hunted))
  })
  const rows = chosen.flatMap((plant): Row[] => {
    const hunted = came.get(plant)
    return hunted ? [[plant, hunted]] : []
  })
  const left = chosen.length - rows.length
  const found = rows.filter(([, { invariant }]) => invariant !== undefined)
  write(`\n${found.length} of ${rows.length} found${left > 0 ? `, ${left} not looked for` : ''}`)
  if (publish && left === 0) await writeFile(new URL(pageFile, root), pageWith(await readPage(), all, rows))
  const missed = rows.filter(([{ unseen }, { invariant }]) => invariant === undefined && unseen === undefined)
  return missed.length === 0 && came.get(undefined)?.invariant === undefined
}
