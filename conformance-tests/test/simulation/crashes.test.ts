import { describe, expect, test } from 'vitest'
import { crashEverywhere, crashHistories, memoryPlace, profiles, type Subject } from '../../src/simulation/index.ts'

const subjectOf = (name: string): Subject => profiles[name] as Subject

describe('a crash right before and right after any I/O', () => {
  test('over the simulated medium loses, doubles and blocks nothing', async () => {
    let all = 0
    for (const history of crashHistories({}, 3)) {
      const { ios, runs, bad } = await crashEverywhere(history, subjectOf(history.profile), { every: 3 })
      expect(bad, `seed ${history.seed}`).toEqual([])
      expect(runs).toBeGreaterThan(ios / 6)
      all += ios
    }
    expect(all).toBeGreaterThan(100)
  })

  test('over memory, where all ends with the process, doubles and blocks nothing', async () => {
    let all = 0
    for (const history of crashHistories({ writers: 'one' }, 3)) {
      const { ios, bad } = await crashEverywhere(history, subjectOf(history.profile), { place: memoryPlace, every: 3 })
      expect(bad, `seed ${history.seed}`).toEqual([])
      all += ios
    }
    expect(all).toBeGreaterThan(100)
  })
})

test('tells at which I/O what went wrong', async () => {
  const [history] = crashHistories({}, 1)
  if (!history) throw new Error('there is no history')
  const broken: Subject = {
    name: history.profile,
    open: async (world) => {
      const site = await subjectOf(history.profile).open(world)
      return {
        ...site,
        remote: (tab) => site.remote(tab),
        fetch: (tab, request, isDirect) => site.fetch(tab, request, isDirect),
        write: (user, collection, row) => site.write(user, collection, row),
        remove: (user, collection, id) => site.remove(user, collection, id),
        // A row that nobody gets, once an app has died.
        rows: async (user, collection) => {
          const died = world.diary.facts.some(({ kind }) => kind === 'died')
          const rows = await site.rows(user, collection)
          return died ? new Map([...rows, ['ada-x', { id: 'ada-x' }]]) : rows
        },
      }
    },
  }
  const { bad } = await crashEverywhere(history, broken, { every: 7 })
  expect(bad[0]).toMatchObject({
    at: 1,
    violations: expect.arrayContaining([expect.objectContaining({ invariant: 'I6' })]),
  })
  expect(bad[0]?.io).toMatch(/^(before|after) /)
})
