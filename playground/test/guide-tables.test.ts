import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { namesOf, tables } from './guide-names.ts'
import { anchorsOf, linksOf, mappings } from './guide-page.ts'

const here = new URL('../../docs/from-datum-and-datastore.md', import.meta.url)
const page = await readFile(here, 'utf8')
const rows = mappings(page)

/** Whether a cell names it: `fetch` is not named by `fetchRelated`, and letters count as they are written. */
const isNamed = (cell: string, name: string): boolean =>
  ` ${cell} `.split(name).some((before, at, parts) => {
    const after = parts[at + 1]
    return after !== undefined && /[^\w.@]$/.test(before) && /^[^\w]/.test(after)
  })

it('has a table for each text', () => {
  expect([...rows.keys()]).toEqual(tables)
})

it.each(tables)('has a row for everything that it names: %s', (table) => {
  const cells = (rows.get(table) ?? []).map(({ theirs }) => theirs)
  const missing = namesOf(table).filter((name) => !cells.some((cell) => isNamed(cell, name)))
  expect(missing).toEqual([])
})

it('says in each row how it is done here and where to read on, or why it is not here', () => {
  const reason = /^not here[^:]*: .{20}/
  const silent = [...rows.values()]
    .flat()
    .filter(({ here: how, see }) => how === '' || (linksOf(see).length !== 1 && !reason.test(how)))
  expect(silent).toEqual([])
  const bare = [...rows.values()].flat().filter(({ here: how }) => how.startsWith('not here') && !reason.test(how))
  expect(bare).toEqual([])
})

it('links to what is there', async () => {
  const broken: string[] = []
  for (const link of linksOf(page)) {
    const [file = '', anchor] = link.split('#')
    const text = file === '' ? page : await readFile(new URL(file, here), 'utf8').catch(() => undefined)
    if (text === undefined || (anchor !== undefined && !anchorsOf(text).includes(anchor))) broken.push(link)
  }
  expect(broken).toEqual([])
})

it('leads to every example from a table', () => {
  const examples = page.slice(page.indexOf('\n## Examples')).matchAll(/^### (.*)$/gm)
  const linked = linksOf(
    [...rows.values()]
      .flat()
      .map(({ see }) => see)
      .join(' '),
  ).map((link) => link.replace('#', ''))
  const lonely = [...examples]
    .map(([, heading = '']) => anchorsOf(`# ${heading}`)[0])
    .filter((anchor) => !linked.includes(anchor ?? ''))
  expect(lonely).toEqual([])
})
