/** A row of a table: what the other has, what is done here, and where to read on. */
export interface MappingRow {
  readonly theirs: string
  readonly here: string
  readonly see: string
}

/** The tables of a page whose last column is `see`, by the heading above them. */
export function mappings(page: string): ReadonlyMap<string, readonly MappingRow[]> {
  const found = new Map<string, MappingRow[]>()
  let heading = ''
  let rows: MappingRow[] | undefined
  for (const line of page.split('\n')) {
    if (line.startsWith('## ')) heading = line.slice(3)
    const [, theirs = '', here = '', see = '', ...rest] = line.split('|').map((cell) => cell.trim())
    if (!line.startsWith('|')) rows = undefined
    else if (see === 'see') {
      rows = []
      found.set(heading, rows)
    } else if (rows && !theirs.startsWith('---')) rows.push({ theirs, here, see: rest.length === 1 ? see : '' })
  }
  return found
}

/** What a heading is called in a link, as GitHub does it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

/** The anchors that a page has. */
export const anchorsOf = (page: string): readonly string[] =>
  [...page.replace(/^```.*?^```$/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** Where the links of a page, or a part of it, lead. */
export const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, to = '']) => to)
