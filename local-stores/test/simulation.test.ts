import {
  crashEverywhere,
  crashHistories,
  profiles,
  realPlace,
  type Subject,
} from '@rowkeep/conformance-tests/simulation'
import { expect, test } from 'vitest'
import { fileMedium, localforageMedium } from '../src/testing/index.ts'

const stores = {
  // So small that snapshots and folds are among what the app dies in.
  fileStore: {
    setup: { writers: 'one', durability: 'strict' },
    place: realPlace(() => fileMedium({ compactAfterBytes: 600, reserveBytes: 64 })),
  },
  localforageStore: {
    setup: { writers: 'many', durability: 'relaxed' },
    place: realPlace(() => localforageMedium({ compactAfterCommits: 8, reserveCharacters: 64, partCharacters: 200 })),
  },
} as const

test.each(Object.entries(stores))('an app over %s may die at any step of the medium', async (_, { setup, place }) => {
  let all = 0
  for (const history of crashHistories(setup, 3)) {
    const { ios, bad } = await crashEverywhere(history, profiles[history.profile] as Subject, { place, every: 7 })
    expect(bad, `seed ${history.seed}`).toEqual([])
    all += ios
  }
  expect(all).toBeGreaterThan(200)
})
