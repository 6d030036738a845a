import fc from 'fast-check'
import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { Disk } from '../support/stores.ts'
import { quiet, virtualEnv } from '../support/virtual-env.ts'
import { cases } from './oracle/cases.ts'
import { check } from './oracle/check.ts'
import { open } from './oracle/subject.ts'

/** So many cases; `QUERY_CASES=100000` for a long run. */
const count = Number(process.env['QUERY_CASES'] ?? 2000)

it('any query, live or not, page by page or counted, answers as the model does', async () => {
  const seen = new Set<string>()
  const property = fc.asyncProperty(cases, async (one) => {
    // Memory is gone when its client closes; a disk is read again.
    const disk = new Disk()
    const subject = await open(() => disk, one.indexes, { env: virtualEnv() })
    for (const query of one.asked)
      for (const name of JSON.stringify(query).matchAll(/"(\w+)":/g)) seen.add(name[1] ?? '')
    await check(subject, one)
    // What a WeakRef gave out lives to the end of the turn, and without this all cases are one turn.
    await quiet()
  })
  await fc.assert(property, { numRuns: count })
  // Every operator was asked for, or the test says nothing of it.
  const operators = 'eq ne gt gte lt lte in notIn between isNull contains startsWith endsWith matches has hasAny near'
  for (const name of [...operators.split(' '), 'ignoreCase', 'AND', 'OR', 'NOT']) expect(seen).toContain(name)
}, 1_500_000)

it('over a store of memory as well', async () => {
  const property = fc.asyncProperty(cases, async (one) => {
    const subject = await open(memoryStore, one.indexes, { env: virtualEnv() })
    await check({ ...subject, reopen: async () => subject }, one)
    await quiet()
  })
  await fc.assert(property, { numRuns: Math.ceil(count / 10) })
}, 600_000)
