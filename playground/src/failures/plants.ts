import { type Catalogue, read } from './catalogue.ts'

/** A mistake as a change of text, and the test that must find it. */
export interface Plant {
  readonly id: string
  readonly file: string
  /** Stands in the file exactly once. */
  readonly find: string
  readonly replace: string
  /** `<file> > <part of the title>`. */
  readonly test: string
}

/** The test of a plant: its file, and the part of its title. */
export function testOf({ test }: Plant): { readonly file: string; readonly title: string } {
  const [file = '', ...title] = test.split(' > ')
  return { file, title: title.join(' > ') }
}

export const fileOf = (section: string): string => `docs/failures/planted/${section}.json`

/** The plants of all sections, in the order of the sections. */
export async function plants({ sections }: Catalogue): Promise<readonly Plant[]> {
  const lists = sections.map(async ({ planted }) => JSON.parse(await read(fileOf(planted))) as readonly Plant[])
  return (await Promise.all(lists)).flat()
}

/** How often a text stands in another. */
export const times = (text: string, part: string): number => text.split(part).length - 1
