import { describe, expect, it } from 'vitest'
import { read } from '../src/failures/catalogue.ts'
import { pageComplaints, type Row, readPage, tableOf, withTable } from '../src/simulate/planted/page.ts'
import { type Plant, plantedText, plants } from '../src/simulate/planted/plants.ts'
import { runPlanted } from '../src/simulate/planted/run.ts'

const all = await plants()

/** Found within a few histories each: a small part of what `npm run simulate -- --planted` does. */
const quick = ['sent-under-a-new-id-each-time', 'base-not-taken-while-writes-wait']

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
  const page = (row: Row): string =>
    withTable(
      '# Page\n<!-- planted: made by `npm run simulate -- --planted --publish` -->\nold\n<!-- /planted -->\nend\n',
      tableOf([row]),
    )
  const found = page([plant, { invariant: 'I4', what: 'twice', seed: 12, seconds: 1.26 }])

  it('says what found each, after how many histories', () => {
    expect(found).toContain('| `a-plant` | It is wrong. | 3 | rest | I4 | 12 | 1.3 |')
    expect(found).toContain('**1 of 1 found**')
    expect(found).not.toContain('old')
    expect(pageComplaints(found, [plant])).toEqual([])
  })

  it('must have what the list has, no more, and found', () => {
    expect(pageComplaints(found, [])).toHaveLength(1)
    expect(pageComplaints(found, [plant, { ...plant, name: 'other-plant' }])).toHaveLength(1)
    expect(pageComplaints(found, [{ ...plant, is: 'It is otherwise.' }])).toHaveLength(2)
    const missed = page([plant, { seed: 5000, seconds: 80 }])
    expect(pageComplaints(missed, [plant])).toEqual(['a-plant is not found, and the list does not say why'])
    expect(pageComplaints(missed, [{ ...plant, unseen: 'nobody looks' }])).toEqual([])
  })
})
