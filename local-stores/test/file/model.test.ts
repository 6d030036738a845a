import type { LocalStore } from '@rowkeep/kernel'
import { test } from 'vitest'
import { fileStore } from '../../src/file/index.ts'
import { expectLikeMap } from '../model.ts'
import { Disk } from './disk.ts'
import { freshFolder, storeOn } from './helpers.ts'

// So small that nearly every commit is followed by a snapshot.
const options = { fsync: 'never', compactAfterBytes: 60, reserveBytes: 0 } as const

test.each<[where: string, numRuns: number, store: () => Promise<LocalStore>]>([
  ['on a real disk', 10, async () => fileStore({ directory: await freshFolder(), ...options })],
  ['in memory', 300, async () => storeOn(new Disk(), options)],
])(
  'holds what a Map would, through commits, snapshots and restarts (%s)',
  { timeout: 120_000 },
  async (_, numRuns, place) => expectLikeMap(await place(), numRuns),
)
