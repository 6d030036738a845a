import type { JsonObject, PushVerdict } from '@rowkeep/kernel'
import { beforeAll, describe, expect, it } from 'vitest'
import { type PostgresStorage, postgresStorage, type Sql } from '../../src/postgres/index.ts'
import { freshSchema, onEachDatabase } from './databases.ts'
import { create, operation, pushOne } from './operations.ts'

const recordOf = (verdict: PushVerdict): JsonObject | undefined =>
  'row' in verdict && verdict.row?.kind === 'record' ? verdict.row.record : undefined
const revisionOf = (verdict: PushVerdict): string => String('row' in verdict ? verdict.row?.revision : undefined)
const codeOf = (verdict: PushVerdict): string | undefined => ('error' in verdict ? verdict.error.code : undefined)

interface Scene {
  readonly storage: PostgresStorage
  readonly schema: string
}

/** Storages of their own for the tests of one group. */
const scene = (sql: Sql): Scene => {
  const schema = freshSchema()
  return { schema, storage: postgresStorage({ sql, schema }) }
}

onEachDatabase((sql) => {
  describe('what an operation does', () => {
    let storage: PostgresStorage
    beforeAll(() => {
      storage = scene(sql).storage
    })

    it('creates a row and answers it with its first revision', async () => {
      const verdict = await pushOne(storage, 'ada', create('new', { id: 'new', title: 'x' }))
      const row = { kind: 'record', collection: 'notes', id: 'new', revision: '1', record: { id: 'new', title: 'x' } }
      expect(verdict).toEqual({ kind: 'applied', row })
    })

    it('sets, unsets, increments and appends in one step', async () => {
      await pushOne(storage, 'ada', create('parts', { keep: 1, drop: 2, n: 5, list: [1], none: null }))
      const change = {
        set: { added: [] },
        unset: ['drop'],
        increment: { n: 2, fresh: 3, none: 1 },
        append: { list: [[2], 3], more: ['x'] },
      }
      const verdict = await pushOne(storage, 'ada', operation({ id: 'parts', expected: '1', change }))
      expect(recordOf(verdict)).toEqual({ keep: 1, n: 7, list: [1, [2], 3], none: 1, added: [], fresh: 3, more: ['x'] })
    })

    it('adds as JavaScript does', async () => {
      await pushOne(storage, 'ada', create('sum', { n: 0.1 }))
      const verdict = await pushOne(storage, 'ada', operation({ id: 'sum', change: { increment: { n: 0.2 } } }))
      expect(recordOf(verdict)).toEqual({ n: 0.1 + 0.2 })
    })

    it('refuses to add to what is no number, to append to what is no list, and a sum that is too large', async () => {
      await pushOne(storage, 'ada', create('types', { text: 'x', big: 1.7e308 }))
      const changes = [{ increment: { text: 1 } }, { append: { text: [1] } }, { increment: { big: 1.7e308 } }]
      const operations = changes.map((change) => operation({ id: 'types', change }))
      const verdicts = await storage.push('ada', { operations, atomic: false })
      expect(verdicts.map((verdict) => ('error' in verdict ? verdict.error : verdict))).toEqual([
        { code: 'SYNC_REJECTED', details: { sqlstate: '22023' } },
        { code: 'SYNC_REJECTED', details: { sqlstate: '22023' } },
        { code: 'SYNC_REJECTED', details: { sqlstate: '22003' } },
      ])
      expect(revisionOf(await pushOne(storage, 'ada', operation({ id: 'types' })))).toBe('2')
    })

    it('keeps names of the prototype and numbers at the edge as they are', async () => {
      const record = JSON.parse(
        '{"__proto__":{"x":1},"constructor":[2],"toString":null,"n":[5e-324,1.7976931348623157e308,-0.1]}',
      )
      const verdict = await pushOne(storage, 'ada', create('odd', record))
      expect(JSON.parse(JSON.stringify(recordOf(verdict)))).toEqual(record)
      expect(Object.keys(recordOf(verdict) ?? {}).sort()).toEqual(['__proto__', 'constructor', 'n', 'toString'])
    })

    it('leaves a tombstone, over which the next create goes on counting', async () => {
      await pushOne(storage, 'ada', create('back'))
      const gone = await pushOne(storage, 'ada', operation({ kind: 'delete', id: 'back', expected: '1' }))
      expect(gone).toEqual({
        kind: 'applied',
        row: { kind: 'tombstone', collection: 'notes', id: 'back', revision: '2' },
      })
      expect(revisionOf(await pushOne(storage, 'ada', create('back', { again: true })))).toBe('3')
    })

    it('starts a purged id above the revision it had', async () => {
      await pushOne(storage, 'ada', create('purged'))
      await pushOne(storage, 'ada', operation({ kind: 'delete', id: 'purged' }))
      await storage.purge(0)
      expect(Number(revisionOf(await pushOne(storage, 'ada', create('purged'))))).toBeGreaterThan(2)
    })
  })

  describe('what is refused', () => {
    let storage: PostgresStorage
    let schema: string
    beforeAll(async () => {
      ;({ storage, schema } = scene(sql))
      await storage.write('ada', 'notes', 'mine', { open: true, n: 1 })
      await storage.write('bob', 'notes', 'his', { secret: 'of bob' })
      await storage.write('bob', 'notes', 'dead', { secret: 'of bob' })
      await storage.remove('bob', 'notes', 'dead')
    })

    it('answers a write for another revision with the row as it is', async () => {
      const verdict = await pushOne(storage, 'ada', operation({ id: 'mine', expected: '7', change: { set: { n: 2 } } }))
      expect(verdict).toMatchObject({ kind: 'conflict', row: { revision: '1', record: { n: 1 } } })
    })

    it('answers a create over a live row of the same user as a conflict', async () => {
      expect(await pushOne(storage, 'ada', create('mine'))).toMatchObject({
        kind: 'conflict',
        row: { record: { n: 1 } },
      })
    })

    it('answers an update of a deleted row with its tombstone, and a delete of it as done', async () => {
      await storage.write('ada', 'notes', 'over', {})
      await storage.remove('ada', 'notes', 'over')
      const update = await pushOne(storage, 'ada', operation({ id: 'over', change: { set: { n: 2 } } }))
      expect(update).toMatchObject({ kind: 'conflict', row: { kind: 'tombstone', revision: '2' } })
      const remove = await pushOne(storage, 'ada', operation({ id: 'over', kind: 'delete', expected: '1' }))
      expect(remove).toMatchObject({ kind: 'applied', row: { kind: 'tombstone', revision: '2' } })
    })

    it.each(['his', 'dead'])('tells nothing of the row "%s" of another user', async (id) => {
      const taken = await pushOne(storage, 'ada', create(id))
      const update = await pushOne(storage, 'ada', operation({ id, change: { set: { n: 1 } } }))
      const remove = await pushOne(storage, 'ada', operation({ id, kind: 'delete', expected: '1' }))
      expect([taken, update, remove]).toEqual([
        { kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } },
        { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } },
        { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } },
      ])
      expect(await pushOne(storage, 'ada', operation({ id: 'nowhere' }))).toEqual(update)
    })

    it('tests the condition after the revision, and answers the row that fails it', async () => {
      const condition = { field: 'open', is: 'eq', value: false } as const
      const change = { set: { n: 9 } }
      const unmet = await pushOne(storage, 'ada', operation({ id: 'mine', expected: '1', change, condition }))
      expect(unmet).toMatchObject({
        kind: 'rejected',
        error: { code: 'SYNC_CONDITION_FAILED' },
        row: { record: { n: 1 } },
      })
      const stale = await pushOne(storage, 'ada', operation({ id: 'mine', expected: '9', change, condition }))
      expect(stale.kind).toBe('conflict')
      const met = { not: condition }
      expect((await pushOne(storage, 'ada', operation({ id: 'mine', change, condition: met }))).kind).toBe('applied')
    })

    it('refuses a condition it does not know as unsupported', async () => {
      const conditions = [
        { field: 'n', is: 'near', value: 1 },
        { field: 'n', is: 'eq', value: 1, ignoreCase: true },
      ] as const
      const operations = conditions.map((condition) => operation({ id: 'mine', condition }))
      const verdicts = await storage.push('ada', { operations, atomic: false })
      expect(verdicts.map(codeOf)).toEqual(['SYNC_UNSUPPORTED', 'SYNC_UNSUPPORTED'])
    })

    it('makes a value it cannot hold one verdict, not the end of the batch', async () => {
      const operations = [
        create('n1', { t: 'a\0b' }),
        create('n2', { t: '\ud800' }),
        create('n\0'),
        create('n3', { t: '😀' }),
      ]
      const verdicts = await storage.push('ada', { operations, atomic: false })
      expect(verdicts.map(({ kind }) => kind)).toEqual(['rejected', 'rejected', 'rejected', 'applied'])
      expect(verdicts.slice(0, 3).map(codeOf)).toEqual(['SYNC_REJECTED', 'SYNC_REJECTED', 'SYNC_REJECTED'])
    })

    it('refuses a record that grew too large', async () => {
      const small = postgresStorage({ sql, schema, recordBytes: 100 })
      await pushOne(small, 'ada', create('grows', { list: [] }))
      const change = { append: { list: ['x'.repeat(90)] } }
      expect(codeOf(await pushOne(small, 'ada', operation({ id: 'grows', change })))).toBe('SYNC_TOO_LARGE')
    })

    it('makes an objection by a trigger of the app a verdict', async () => {
      await sql.query(`create function ${schema}.object() returns trigger language plpgsql as
        $$ begin if new.record->>'title' = 'forbidden' then raise exception 'no'; end if; return new; end $$`)
      await sql.query(
        `create trigger object before insert or update on ${schema}.rows for each row execute function ${schema}.object()`,
      )
      const operations = [create('t1', { title: 'forbidden' }), create('t2', { title: 'fine' })]
      const verdicts = await storage.push('ada', { operations, atomic: false })
      expect(verdicts.map(({ kind }) => kind)).toEqual(['rejected', 'applied'])
    })
  })

  describe('sent again', () => {
    let storage: PostgresStorage
    beforeAll(() => {
      storage = scene(sql).storage
    })

    it('is done once, and answers the row as it is now', async () => {
      await pushOne(storage, 'ada', create('count', { n: 0 }))
      const add = operation({ id: 'count', change: { increment: { n: 1 } } })
      await pushOne(storage, 'ada', add)
      await pushOne(storage, 'ada', operation({ id: 'count', change: { set: { title: 'later' } } }))
      const again = await pushOne(storage, 'ada', { ...add, resend: true, record: { n: 1 } })
      expect(again).toMatchObject({ kind: 'applied', row: { revision: '3', record: { n: 1, title: 'later' } } })
    })

    it('is refused when the id named something else before', async () => {
      const first = create('once', { n: 0 })
      await pushOne(storage, 'ada', first)
      const others = [
        { id: 'twice' },
        { change: { set: { n: 1 } } },
        { collection: 'tasks' },
        { kind: 'update' as const },
      ]
      const operations = others.map((other) => ({ ...first, ...other }))
      const verdicts = await storage.push('ada', { operations, atomic: false })
      expect(verdicts.map(codeOf)).toEqual(others.map(() => 'SYNC_ID_REUSED'))
    })

    it('may be tried again under its id after a refusal', async () => {
      await pushOne(storage, 'ada', create('retry', { n: 0 }))
      const late = operation({ id: 'retry', expected: '2', change: { set: { n: 1 } } })
      expect((await pushOne(storage, 'ada', late)).kind).toBe('conflict')
      await pushOne(storage, 'ada', operation({ id: 'retry' }))
      expect((await pushOne(storage, 'ada', late)).kind).toBe('applied')
    })

    it('never takes effect where it was a create that met a record, and that record is gone by now', async () => {
      const late = create('met', { by: 'ada, long ago' })
      await storage.write('ada', 'notes', 'met', { by: 'another device' })
      expect((await pushOne(storage, 'ada', late)).kind).toBe('conflict')
      await storage.remove('ada', 'notes', 'met')
      const verdict = await pushOne(storage, 'ada', { ...late, resend: true })
      expect(verdict).toMatchObject({ kind: 'conflict', row: { kind: 'tombstone', revision: '2' } })
      expect(codeOf(await pushOne(storage, 'ada', { ...late, id: 'else' }))).toBe('SYNC_ID_REUSED')
      expect((await pushOne(storage, 'ada', create('met', { by: 'ada, anew' }))).kind).toBe('applied')
    })

    it('never takes effect where it was such a create of a request of which all or none was asked', async () => {
      const operations = [create('beside'), create('met too', { by: 'ada' })]
      await storage.write('ada', 'notes', 'met too', { by: 'another device' })
      const kinds = async () => (await storage.push('ada', { operations, atomic: true })).map(({ kind }) => kind)
      expect(await kinds()).toEqual(['retry', 'conflict'])
      await storage.remove('ada', 'notes', 'met too')
      expect(await kinds()).toEqual(['retry', 'conflict'])
      expect((await storage.push('ada', { operations: operations.slice(0, 1), atomic: false }))[0]?.kind).toBe(
        'applied',
      )
    })

    it('is another operation when another user has the same id', async () => {
      const one = create('shared-op')
      await pushOne(storage, 'ada', one)
      expect((await pushOne(storage, 'bob', { ...one, id: 'shared-op-2' })).kind).toBe('applied')
    })

    it('does not show a row that has left since', async () => {
      const one = create('left', { n: 0 })
      await pushOne(storage, 'ada', one)
      await storage.move('notes', 'left', 'bob')
      expect(await pushOne(storage, 'ada', one)).toEqual({ kind: 'applied' })
    })

    it('does not delete a row that was revived since', async () => {
      await pushOne(storage, 'ada', create('revived'))
      await storage.remove('ada', 'notes', 'revived')
      const remove = operation({ kind: 'delete', id: 'revived' })
      await pushOne(storage, 'ada', remove)
      await storage.write('ada', 'notes', 'revived', { n: 1 })
      expect(recordOf(await pushOne(storage, 'ada', { ...remove, resend: true }))).toEqual({ n: 1 })
    })

    it('has one effect when duplicates arrive together', async () => {
      await pushOne(storage, 'ada', create('together', { n: 0 }))
      const add = operation({ id: 'together', change: { increment: { n: 1 } } })
      const verdicts = await Promise.all(Array.from({ length: 8 }, () => pushOne(storage, 'ada', add)))
      expect(verdicts.map(recordOf)).toEqual(verdicts.map(() => ({ n: 1 })))
    })
  })

  describe('all or none', () => {
    let storage: PostgresStorage
    beforeAll(() => {
      storage = scene(sql).storage
    })

    it('applies none when one is refused, and names that one', async () => {
      await storage.write('bob', 'notes', 'b', {})
      const operations = [create('a'), create('b'), create('c')]
      const verdicts = await storage.push('ada', { operations, atomic: true })
      const unapplied = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } }
      expect(verdicts).toEqual([unapplied, { kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } }, unapplied])
      expect(await storage.rows('ada', 'notes')).toEqual([])
      const apart = await storage.push('ada', { operations, atomic: false })
      expect(apart.map(({ kind }) => kind)).toEqual(['applied', 'rejected', 'applied'])
    })

    it('applies none when one is text that cannot be kept', async () => {
      const operations = [create('good'), create('bad', { text: '\0' })]
      const verdicts = await storage.push('ada', { operations, atomic: true })
      expect(verdicts.map(codeOf)).toEqual(['SYNC_GROUP_ABORTED', 'SYNC_REJECTED'])
    })

    it('applies all, over several collections', async () => {
      const operations = [create('p'), create('q', {}, { collection: 'tasks' })]
      const verdicts = await storage.push('ada', { operations, atomic: true })
      expect(verdicts.map(({ kind }) => kind)).toEqual(['applied', 'applied'])
      expect(await storage.push('ada', { operations: [], atomic: true })).toEqual([])
    })
  })
})
