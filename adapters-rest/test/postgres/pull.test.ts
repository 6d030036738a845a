import type { Filter } from '@rowkeep/kernel'
import { beforeEach, describe, expect, it } from 'vitest'
import { type PostgresStorage, postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { freshSchema, onEachDatabase } from './databases.ts'
import { brief, create, operation, pullAll } from './operations.ts'

const numbers = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at)

const feed = { id: 'all', collections: ['notes', 'tasks'] }

onEachDatabase((sql: Sql) => {
  let storage: PostgresStorage
  beforeEach(() => {
    storage = postgresStorage({ sql, schema: freshSchema() })
  })
  const fill = async (from: number, to: number): Promise<void> => {
    for (const n of numbers(from, to)) await storage.write('ada', 'notes', `n${n}`, { n })
  }

  describe('a listing', () => {
    it('comes in pages that end exactly with the last row', async () => {
      await fill(1, 6)
      const run = await pullAll(storage, 'ada', { limit: 2 })
      expect(run).toMatchObject({ kind: 'snapshot', pages: 3 })
      expect(run.changes.map(brief)).toEqual(numbers(1, 6).map((n) => `record notes/n${n}`))
    })

    it('ends a page before it grows too large to be carried, and loses no row by it', async () => {
      const text = 'x'.repeat(900_000)
      for (const n of numbers(1, 20)) await storage.write('ada', 'notes', `n${n}`, { n, text })
      const run = await pullAll(storage, 'ada', { limit: 1000 })
      expect(run.pages).toBe(3)
      expect(run.changes.map(brief)).toEqual(numbers(1, 20).map((n) => `record notes/n${n}`))
    })

    it('of nothing is one empty page', async () => {
      expect(await pullAll(storage, 'ada')).toMatchObject({ kind: 'snapshot', changes: [], pages: 1 })
    })

    it('carries the clock and the history of the server', async () => {
      const page = await storage.pull('ada', { feed, cursor: null, limit: 10 })
      expect(page.now).toBeGreaterThan(1_700_000_000_000)
      expect(page.epoch).toMatch(/^[0-9a-f-]{36}$/)
    })

    it('leaves out what was deleted or evicted before, and other users', async () => {
      await fill(1, 3)
      await storage.remove('ada', 'notes', 'n1')
      await storage.move('notes', 'n3', 'bob')
      await storage.write('bob', 'notes', 'his', {})
      expect((await pullAll(storage, 'ada')).changes.map(brief)).toEqual(['record notes/n2'])
    })

    it('tells of a row that is deleted, evicted or changed while it runs', async () => {
      await fill(1, 5)
      let step = 0
      const between = async (): Promise<void> => {
        step += 1
        if (step === 1) await storage.remove('ada', 'notes', 'n1')
        if (step === 2) await storage.move('notes', 'n2', 'bob')
        if (step === 3) await storage.write('ada', 'notes', 'n3', { n: 33 })
      }
      const run = await pullAll(storage, 'ada', { limit: 1, between })
      const late = ['tombstone notes/n1', 'eviction notes/n2', 'record notes/n3']
      const rest = (await pullAll(storage, 'ada', { cursor: run.cursor })).changes
      expect([...run.changes, ...rest].map(brief)).toEqual([...numbers(1, 5).map((n) => `record notes/n${n}`), ...late])
    })

    it('brings one transaction over two collections in small pages, none twice and none missing', async () => {
      const ids = numbers(1, 25).map((n) => `q${n}`)
      const operations = ids.flatMap((id) => [create(id), create(`${id}t`, { id }, { collection: 'tasks' })])
      await storage.push('ada', { operations, atomic: true })
      const run = await pullAll(storage, 'ada', { limit: 7 })
      expect(run.pages).toBe(8)
      expect(run.changes.map(({ id }) => id).sort()).toEqual(operations.map(({ id }) => id).sort())
    })

    it('brings only the collections asked for', async () => {
      await storage.write('ada', 'tasks', 't', {})
      await storage.write('ada', 'notes', 'n', {})
      expect((await pullAll(storage, 'ada', { collections: ['tasks'] })).changes.map(brief)).toEqual(['record tasks/t'])
    })
  })

  describe('filters', () => {
    const large: Filter = { field: 'n', is: 'gt', value: 3 }

    it('hold for a listing and not for what comes after it', async () => {
      await fill(1, 6)
      const run = await pullAll(storage, 'ada', { filters: { notes: large }, limit: 2 })
      expect(run.changes.map(({ id }) => id)).toEqual(['n4', 'n5', 'n6'])
      expect(run.pages).toBe(2)
      await storage.write('ada', 'notes', 'n5', { n: 0 })
      const delta = await pullAll(storage, 'ada', { filters: { notes: large }, cursor: run.cursor })
      expect(delta.changes.map(brief)).toEqual(['record notes/n5'])
    })

    it('do not hide a listed row that stops matching while the listing runs', async () => {
      await fill(4, 6)
      const between = async (): Promise<void> => storage.write('ada', 'notes', 'n4', { n: 0 })
      const run = await pullAll(storage, 'ada', { filters: { notes: large }, limit: 1, between })
      const rest = await pullAll(storage, 'ada', { cursor: run.cursor })
      expect([...run.changes, ...rest.changes].at(-1)).toMatchObject({ id: 'n4', record: { n: 0 } })
    })

    it.each<Filter>([
      { not: { field: 'n', is: 'near', value: 3 } },
      { field: 'n\0', is: 'eq', value: 3 },
      { any: [{ field: 'n', is: 'in', value: ['\ud800'] }] },
      { all: [{ field: 'n', is: 'eq', value: 1, ignoreCase: true } as unknown as Filter] },
    ])('that SQL cannot answer exactly leave nothing out: %j', async (filter) => {
      await fill(1, 2)
      expect((await pullAll(storage, 'ada', { filters: { notes: filter } })).changes).toHaveLength(2)
    })
  })

  describe('a delta', () => {
    it('brings changes and deletions since the safe point, and nothing twice', async () => {
      await fill(1, 3)
      const { cursor } = await pullAll(storage, 'ada')
      expect((await pullAll(storage, 'ada', { cursor })).changes).toEqual([])
      await storage.write('ada', 'notes', 'n2', { n: 22 })
      await storage.remove('ada', 'notes', 'n3')
      const delta = await pullAll(storage, 'ada', { cursor, limit: 1 })
      expect(delta).toMatchObject({ kind: 'delta', pages: 2 })
      expect(delta.changes.map(brief)).toEqual(['record notes/n2', 'tombstone notes/n3'])
      expect((await pullAll(storage, 'ada', { cursor: delta.cursor })).changes).toEqual([])
    })

    it('tells the former owner of a row that left, the new one of the row, and the first again when it returns', async () => {
      await storage.write('ada', 'notes', 'x', { n: 1 })
      const [ada, bob] = [await pullAll(storage, 'ada'), await pullAll(storage, 'bob')]
      await storage.move('notes', 'x', 'bob')
      const left = await pullAll(storage, 'ada', { cursor: ada.cursor })
      expect(left.changes).toEqual([{ kind: 'eviction', collection: 'notes', id: 'x' }])
      const arrived = await pullAll(storage, 'bob', { cursor: bob.cursor })
      expect(arrived.changes).toMatchObject([{ kind: 'record', id: 'x', revision: '2' }])
      await storage.move('notes', 'x', 'ada')
      expect((await pullAll(storage, 'ada', { cursor: left.cursor })).changes.map(brief)).toEqual(['record notes/x'])
      expect((await pullAll(storage, 'ada', { cursor: ada.cursor })).changes.map(brief)).toEqual(['record notes/x'])
    })

    it('keeps evictions and rows in one order', async () => {
      await fill(1, 3)
      const { cursor } = await pullAll(storage, 'ada')
      await storage.write('ada', 'notes', 'n1', { n: 1 })
      await storage.move('notes', 'n2', 'bob')
      await storage.write('ada', 'notes', 'n3', { n: 3 })
      const { changes } = await pullAll(storage, 'ada', { cursor, limit: 1 })
      expect(changes.map(brief)).toEqual(['record notes/n1', 'eviction notes/n2', 'record notes/n3'])
    })
  })

  describe('a cursor', () => {
    const kindOf = async (cursor: string): Promise<string> =>
      (await storage.pull('ada', { feed, cursor, limit: 10 })).kind

    it('expires when a deletion it has not seen was purged, and only then', async () => {
      await fill(1, 2)
      const before = await pullAll(storage, 'ada')
      await storage.remove('ada', 'notes', 'n1')
      const after = await pullAll(storage, 'ada')
      expect(await storage.purge(0)).toEqual({ tombstones: 1, evictions: 0, operations: 0 })
      expect([await kindOf(before.cursor), await kindOf(after.cursor)]).toEqual(['expired', 'delta'])
    })

    it('expires when an eviction it has not seen was purged', async () => {
      await fill(1, 1)
      const { cursor } = await pullAll(storage, 'ada')
      await storage.move('notes', 'n1', 'bob')
      expect(await storage.purge(0)).toMatchObject({ evictions: 1 })
      expect(await kindOf(cursor)).toBe('expired')
    })

    it('in the middle of a listing expires too when something was purged since its beginning', async () => {
      await fill(1, 3)
      const first = await storage.pull('ada', { feed, cursor: null, limit: 1 })
      await storage.remove('ada', 'notes', 'n1')
      await storage.purge(0)
      expect('cursor' in first && first.cursor !== null && (await kindOf(first.cursor))).toBe('expired')
    })

    it('is expired by the operator, after which a new listing ends', async () => {
      await fill(1, 4)
      const { cursor } = await pullAll(storage, 'ada')
      await storage.expire()
      expect(await kindOf(cursor)).toBe('expired')
      const run = await pullAll(storage, 'ada', { limit: 1 })
      expect(run.pages).toBe(4)
      expect(await kindOf(run.cursor)).toBe('delta')
    })

    it('expires when the history has a new identity', async () => {
      const { cursor } = await pullAll(storage, 'ada')
      const before = await storage.pull('ada', { feed, cursor, limit: 10 })
      await storage.restore()
      const page = await storage.pull('ada', { feed, cursor, limit: 10 })
      expect(page.kind).toBe('expired')
      expect(page.epoch).not.toBe(before.epoch)
    })

    it('from a future this history never had is expired', async () => {
      const { cursor } = await pullAll(storage, 'ada')
      const parts: unknown[] = JSON.parse(cursor)
      expect(await kindOf(JSON.stringify(parts.with(3, '999999999999999999')))).toBe('expired')
    })

    it.each([
      '',
      'x',
      'null',
      '{}',
      '[]',
      '[1,"delta"]',
      '1e999',
      '["__proto__"]',
      `[${'['.repeat(5000)}`,
      '[1,"delta","e","-1","0","",""]',
      '[1,"delta","e","0x1","0","",""]',
      '[1,"delta","e","1","99999999999999999999","",""]',
      '[1,"other","e","1","1","",""]',
      '[2,"delta","e","1","1","",""]',
      '[1,"delta","e","1","1","a\\u0000","b"]',
      '[1,"delta","e","1","1","a","\\ud800"]',
      `[1,"delta","e","1","1","","${'x'.repeat(5000)}"]`,
      '[1,"delta","e","1","1","","","more"]',
      '[1,"delta","e","1\'; drop table rows","1","",""]',
    ])('that was never issued is answered expired: %s', async (cursor) => {
      const page = await storage.pull('ada', { feed, cursor, limit: 10 })
      expect(page).toEqual({ kind: 'expired', epoch: expect.any(String), now: expect.any(Number) })
    })

    it('stays below 4 kB whatever the ids are', async () => {
      for (const id of ['\u0001'.repeat(511), '\u0001'.repeat(512)]) await storage.write('ada', 'notes', id, {})
      const page = await storage.pull('ada', { feed, cursor: null, limit: 1 })
      expect(new TextEncoder().encode('cursor' in page ? (page.cursor ?? '') : '').length).toBeLessThanOrEqual(4096)
      expect((await pullAll(storage, 'ada', { limit: 1 })).pages).toBe(2)
    })
  })

  it('delivers an own push by the feed', async () => {
    const { cursor } = await pullAll(storage, 'ada')
    await storage.push('ada', { operations: [create('a'), operation({ id: 'nowhere' })], atomic: false })
    expect((await pullAll(storage, 'ada', { cursor })).changes.map(brief)).toEqual(['record notes/a'])
  })
})
