import { describe, expect, it } from 'vitest'
import { read } from '../src/failures/catalogue.ts'
import { pageComplaints, pageWith, type Row, readPage } from '../src/simulate/planted/page.ts'
import { type Plant, plantedText, plants } from '../src/simulate/planted/plants.ts'
import { runPlanted } from '../src/simulate/planted/run.ts'

const all = await plants()

/** Found within a few histories each: a small part of what `npm run simulate -- --planted` does. */
const quick = [
  'row-drops-what-waits',
  'base-not-taken',
  'ends-not-counted',
  'cursor-by-the-clock',
  'synced-while',
  'request-without',
]

describe('mistakes for the simulation', () => {
  it('have names of their own, a sentence and a rule', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
    for (const { name, is, rule } of all) {
      expect(name).toMatch(/^[a-z]+(?:-[a-z]+)+$/)
      expect(is).toMatch(/^[A-Z].{10,}\.$/)
      expect(rule).toMatch(/^(?:\d|1[0-5]|servers|stores)$/)
    }
  })

  it.each(all.map((plant) => [plant.name, plant] as const))('can be planted: %s', async (_name, plant) => {
    const text = await read(plant.file)
    expect(plantedText(plant, text)).not.toBe(text)
  })

  it('are on the page as the list has them, each found or with a reason', async () => {
    expect(pageComplaints(await readPage(), all)).toEqual([])
  })

  it('that are quick to find are found, and the kernel as it is breaks nothing', { timeout: 120_000 }, async () => {
    const lines: string[] = []
    const patience = { histories: 20, seconds: 100 }
    const isAllFound = await runPlanted({ names: quick, patience, workers: 2, publish: false }, (line) =>
      lines.push(line),
    )
    expect(lines.at(-1)).toBe(`\n${quick.length} of ${quick.length} found`)
    expect(isAllFound).toBe(true)
  })
})

describe('the page of planted mistakes', () => {
  const plant: Plant = { name: 'a-plant', is: 'It is wrong.', rule: '3', file: 'a.ts', profile: 'rest', edits: [] }
  const other: Plant = { ...plant, name: 'other-plant' }
  const begin = '<!-- planted: made by `npm run simulate -- --planted --publish` -->'
  const empty = `# Page\n${begin}\nold\n<!-- /planted -->\nend\n`
  const hunted: Row = [plant, { invariant: 'I4', what: 'twice', seed: 12, seconds: 1.26 }]
  const missed: Row = [plant, { seed: 5000, seconds: 80 }]
  const page = pageWith(empty, [plant], [hunted])

  it('says what found each, after how many histories', () => {
    expect(page).toContain('| `a-plant` | It is wrong. | 3 | rest | I4 | 12 | 1.3 |')
    expect(page).toContain('**1 of 1 found**, half of them within 12 histories.')
    expect(page).not.toContain('old')
    expect(pageComplaints(page, [plant])).toEqual([])
  })

  it('keeps what was found of others before', () => {
    const later = pageWith(page, [other, plant], [[other, { invariant: 'I6', seed: 30, seconds: 2 }]])
    expect(later).toContain('**2 of 2 found**, half of them within 12 histories.')
    expect(pageComplaints(later, [plant, other])).toEqual([])
    expect(pageWith(later, [plant], [])).toBe(page)
  })

  it('must have what the list has, no more, and found', () => {
    expect(pageComplaints(page, [])).toHaveLength(1)
    expect(pageComplaints(page, [plant, other])).toHaveLength(1)
    expect(pageComplaints(page, [{ ...plant, is: 'It is otherwise.' }])).toHaveLength(2)
    const without = pageWith(empty, [plant], [missed])
    expect(pageComplaints(without, [plant])).toEqual(['a-plant is not found, and the list does not say why'])
    expect(pageComplaints(without, [{ ...plant, unseen: 'nobody looks' }])).toEqual([])
    expect(() => pageWith('# Page', [plant], [])).toThrow('has lost its marks')
  })
})
