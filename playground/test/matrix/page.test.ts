import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { worldBackends } from '../world/backends.ts'
import { faults } from './faults.ts'

const page = await readFile(new URL('../../../docs/faults.md', import.meta.url), 'utf8')

/** The cells of the table below a heading, without its head. */
function tableBelow(heading: string): readonly (readonly string[])[] {
  const [, section = ''] = page.split(`\n## ${heading}\n`)
  const lines = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('|'))
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

test('the page says what each fault is, in the order of the matrix', () => {
  expect(tableBelow('The faults').map(([name]) => name)).toEqual(faults.map(({ name }) => name))
})

test('the page counts the cells of each backend as they are', () => {
  const counts = worldBackends.map((kind) => {
    const cells = faults.flatMap(({ push, pull, live }) => [push, pull, live].map((cell) => cell(kind, 1)))
    const impossible = cells.filter((cell) => typeof cell === 'string').length
    return [kind.name, cells.length, cells.length - impossible, impossible].map(String)
  })
  expect(tableBelow('The counts')).toEqual(counts)
})

test('there is a file of tests for each backend, so that each has its cells run', async () => {
  for (const { name } of worldBackends) {
    const file = await readFile(new URL(`./${name}.test.ts`, import.meta.url), 'utf8')
    expect(file).toContain(`describeMatrix('${name}')`)
  }
})
