import { type } from 'arktype'
import * as v from 'valibot'
import { expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { conflicts, type ParkedConflict, type QuarantinedWrite, quarantine } from '../src/inbox/index.ts'
import {
  type Conflict,
  createSyncClient,
  type JsonObject,
  record,
  type Status,
  type SyncErrorCode,
  type Unsubscribe,
  type Watch,
} from '../src/index.ts'
import { moreOperators } from '../src/operators/index.ts'
import { type Page, readPage, watchCount, watchPage } from '../src/pages/index.ts'
import { promptIfUnsynced, type switchUser, syncThenSwitch } from '../src/users/index.ts'

interface Task {
  id: string
  title: string
  n?: number
  due: string | null
  tags: string[]
}
const make = () => createSyncClient({ collections: { tasks: record<Task>() } })
const { tasks } = make().collections

it('a draft may leave out the key and nothing else that is required', async () => {
  expectTypeOf(tasks.create).parameter(0).toEqualTypeOf<Omit<Task, 'id'> & Partial<Pick<Task, 'id'>>>()
  // @ts-expect-error the title is missing
  await tasks.create({ due: null, tags: [] })
  // @ts-expect-error no such field
  await tasks.create({ title: 'x', due: null, tags: [], colour: 'red' })
  // @ts-expect-error a whole record needs its key
  await tasks.save({ title: 'x', due: null, tags: [] })
})

it('a draft of a schema with defaults may leave those out', async () => {
  const Zod = z.object({ id: z.string(), title: z.string(), done: z.boolean().default(false) })
  const Valibot = v.object({ id: v.string(), title: v.string(), done: v.optional(v.boolean(), false) })
  const { a, b } = createSyncClient({ collections: { a: Zod, b: Valibot } }).collections
  expectTypeOf(await a.create({ title: 'x' })).toEqualTypeOf<{ id: string; title: string; done: boolean }>()
  expectTypeOf(await b.create({ title: 'x' })).toEqualTypeOf<{ id: string; title: string; done: boolean }>()
})

it('a key of another name, or of several fields, is known to drafts', async () => {
  const { tags, seats } = createSyncClient({
    collections: {
      tags: { schema: record<{ slug: string; label: string }>(), key: 'slug' },
      seats: { schema: record<{ row: string; seat: number; guest: string }>(), key: ['row', 'seat'] },
    },
  }).collections
  await tags.create({ label: 'x' })
  expectTypeOf(seats.create).parameter(0).toMatchTypeOf<{ guest: string; row?: string; seat?: number }>()
  // @ts-expect-error the guest is no part of the key
  await seats.create({ row: 'A', seat: 1 })
})

it('key and indexes name fields of the record, an index also dot paths', () => {
  interface Shop {
    slug: string
    name: string
    at: { city: string }
  }
  const computed: readonly string[] = ['name']
  createSyncClient({
    collections: {
      a: { schema: record<Shop>(), key: 'slug', indexes: ['name', 'at.city', ['name', 'at.city']] },
      b: { schema: record<Shop>(), key: ['slug', 'name'], indexes: computed },
      c: { schema: record<Record<string, string>>(), indexes: ['anything'] },
    },
  })
  // @ts-expect-error no such field
  createSyncClient({ collections: { a: { schema: record<Shop>(), key: 'slug', indexes: ['nmae'] } } })
  // @ts-expect-error no such path
  createSyncClient({ collections: { a: { schema: record<Shop>(), key: 'slug', indexes: [['name', 'at.town']] } } })
  // @ts-expect-error no such field
  createSyncClient({ collections: { a: { schema: record<Shop>(), key: 'slgu' } } })
  // @ts-expect-error no field id, and no key in its place
  createSyncClient({ collections: { a: record<Shop>() } })
  // @ts-expect-error likewise where it is given with more than its schema
  createSyncClient({ collections: { a: { schema: record<Shop>(), indexes: ['name'] } } })
})

it('a schema that transforms is refused: its output must be valid input', () => {
  // @ts-expect-error text in, number out
  createSyncClient({ collections: { tasks: z.object({ id: z.string(), n: z.string().transform(Number) }) } })
})

it('a schema of zod, valibot or arktype gives the same row, draft and change', async () => {
  const Zod = z.object({
    id: z.string(),
    title: z.string(),
    due: z.string().nullable(),
    n: z.number().default(0),
    at: z.string().optional(),
  })
  const Valibot = v.object({
    ...{ id: v.string(), title: v.string(), due: v.nullable(v.string()) },
    ...{ n: v.optional(v.number(), 0), at: v.optional(v.string()) },
  })
  const Ark = type({ id: 'string', title: 'string', due: 'string | null', n: 'number = 0', 'at?': 'string' })
  const { a, b, c } = createSyncClient({
    collections: { a: Zod, b: Valibot, c: { schema: Ark, indexes: ['n'] } },
  }).collections
  type Flat<T> = { [F in keyof T]: T[F] }
  type Loose = string | undefined
  type Draft<At> = { title: string; due: string | null; n?: number | undefined; at?: At; id?: string }
  expectTypeOf<Flat<Parameters<typeof a.create>[0]>>().toEqualTypeOf<Draft<Loose>>()
  expectTypeOf<Flat<Parameters<typeof b.create>[0]>>().toEqualTypeOf<Draft<Loose>>()
  expectTypeOf<Flat<Parameters<typeof c.create>[0]>>().toEqualTypeOf<{
    title: string
    due: string | null
    n?: number
    at?: string
    id?: string
  }>()
  type Task<At> = { id: string; title: string; due: string | null; n: number; at?: At }
  expectTypeOf(await a.create({ title: 'x', due: null })).toEqualTypeOf<Task<Loose>>()
  expectTypeOf(await b.create({ title: 'x', due: null })).toEqualTypeOf<Task<Loose>>()
  expectTypeOf(await c.create({ title: 'x', due: null })).toEqualTypeOf<Task<string>>()
  // @ts-expect-error text is no number
  await c.update('1', { n: '1' })
  // @ts-expect-error no such field
  await c.update('1', { titel: 'x' })
  // @ts-expect-error a field that every row has cannot be removed
  await c.update('1', { title: undefined })
  await Promise.all([a, b, c].map((one) => one.update('1', { n: 1, due: null, at: undefined })))
  await c.update('1', (draft) => {
    expectTypeOf(draft).toEqualTypeOf<Task<string>>()
  })
  // @ts-expect-error no such operator for a number
  await c.query({ where: { n: { startsWith: '1' } } })
})

it('a schema that transforms is refused in every library', () => {
  // @ts-expect-error text in, number out
  createSyncClient({ collections: { tasks: v.object({ id: v.string(), n: v.pipe(v.string(), v.transform(Number)) }) } })
  // @ts-expect-error text in, number out
  createSyncClient({ collections: { tasks: type({ id: 'string', n: 'string.numeric.parse' }) } })
  // @ts-expect-error the same inside a definition
  createSyncClient({ collections: { tasks: { schema: type({ id: 'string', n: 'string.numeric.parse' }) } } })
})

it('conditions fit the field', async () => {
  await tasks.query({ where: { due: null, n: { in: [1, 2] }, title: { startsWith: 'a', ne: 'b' } } })
  await tasks.query({ where: { OR: [{ n: 1 }, { NOT: { due: { gt: '2026' } } }], AND: [{ title: 'x' }] } })
  // @ts-expect-error text is no number
  await tasks.query({ where: { n: { gt: '1' } } })
  // @ts-expect-error no such field in a group
  await tasks.query({ where: { OR: [{ titel: 'x' }] } })
  // @ts-expect-error no such operator
  await tasks.query({ where: { title: { like: 'x' } } })
  // @ts-expect-error no such direction
  await tasks.query({ orderBy: { title: 'up' } })
  // @ts-expect-error no such field to order by
  await tasks.query({ orderBy: { titel: 'asc' } })
  // @ts-expect-error no such part of a query
  await tasks.query({ were: {} })
  // @ts-expect-error a condition of a write is one of its own collection
  await tasks.update('1', { n: 1 }, { where: { titel: 'x' } })
})

interface Place {
  id: string
  name: string | null
  at: { lat: number; lng: number }
  rank?: number
  open: boolean
  address?: { city: string; zip: { code: string; plus: { four: string } } } | null
  tags: string[]
  sizes: readonly number[] | null
  meta: Record<string, string>
}

it('operators fit the type of the field', async () => {
  const { places } = createSyncClient({
    collections: { places: record<Place>() },
    operators: moreOperators,
  }).collections
  await places.query({
    where: { name: { contains: 'a', endsWith: 'b', matches: '^a', ignoreCase: true, isNull: false } },
  })
  await places.query({ where: { name: { eq: null, ne: 'a', in: ['a', null], notIn: [null], between: ['a', 'b'] } } })
  await places.query({
    where: { rank: { between: [1, 2] }, open: { gt: false }, tags: { has: 'a', ignoreCase: true } },
  })
  await places.query({
    where: { tags: ['a'], sizes: { hasAny: [1, 2] }, at: { near: { lat: 0, lng: 0, withinMeters: 1 } } },
  })
  await places.query({ where: { at: { eq: { lat: 0, lng: 0 } } } })
  // @ts-expect-error no text
  await places.query({ where: { rank: { contains: '1' } } })
  // @ts-expect-error the case of a number
  await places.query({ where: { rank: { eq: 1, ignoreCase: true } } })
  // @ts-expect-error no list
  await places.query({ where: { name: { has: 'a' } } })
  // @ts-expect-error an element of another type
  await places.query({ where: { sizes: { has: 'a' } } })
  // @ts-expect-error lists have no order
  await places.query({ where: { tags: { gt: ['a'] } } })
  // @ts-expect-error no place
  await places.query({ where: { name: { near: { lat: 0, lng: 0, withinMeters: 1 } } } })
  // @ts-expect-error without a distance
  await places.query({ where: { at: { near: { lat: 0, lng: 0 } } } })
  // @ts-expect-error between takes two
  await places.query({ where: { rank: { between: [1] } } })
  // @ts-expect-error true or false
  await places.query({ where: { rank: { isNull: 1 } } })
  // @ts-expect-error a bare object would be read as operators
  await places.query({ where: { at: { lat: 0, lng: 0 } } })
  // @ts-expect-error undefined is no value
  await places.query({ where: { rank: undefined } })
  // @ts-expect-error not a list of operators
  createSyncClient({ collections: { places: record<Place>() }, operators: ['contains'] })
})

it('dot paths lead into nested objects, with the type found there', async () => {
  const { places } = createSyncClient({ collections: { places: record<Place>() } }).collections
  await places.query({ where: { 'address.city': 'a', 'address.zip.code': { startsWith: '1' }, 'at.lat': { gt: 1 } } })
  await places.query({ where: { 'address.city': null }, orderBy: { 'address.zip.code': 'desc', 'at.lng': 'asc' } })
  // @ts-expect-error a number is no text
  await places.query({ where: { 'address.city': 1 } })
  // @ts-expect-error misspelt
  await places.query({ where: { 'address.town': 'a' } })
  // @ts-expect-error misspelt, in an order
  await places.query({ orderBy: { 'address.town': 'asc' } })
  // @ts-expect-error a fourth level
  await places.query({ where: { 'address.zip.plus.four': '1' } })
  // @ts-expect-error lists have no fields
  await places.query({ where: { 'tags.0': 'a' } })
})

it('null stands first or last in an order', async () => {
  await tasks.query({ orderBy: { due: 'asc nulls last', n: 'desc nulls first' } })
  // @ts-expect-error no such place for null
  await tasks.query({ orderBy: { due: 'asc nulls between' } })
})

it('pages have the rows of their query, and go on after one another', async () => {
  const { places } = createSyncClient({ collections: { places: record<Place>() } }).collections
  const page = await readPage(places, {
    where: { 'address.city': 'a' },
    orderBy: { rank: 'desc' },
    limit: 10,
    after: null,
  })
  expectTypeOf(page).toMatchTypeOf<Page<Place>>()
  expectTypeOf(page.rows).toEqualTypeOf(await places.query())
  expectTypeOf(watchPage(places, { after: page.after })).toMatchTypeOf<Watch<Page<Place>>>()
  expectTypeOf(watchCount(places, { where: { open: true } })).toEqualTypeOf<Watch<number>>()
  // @ts-expect-error only pages begin after another
  await places.query({ after: page.after })
  // @ts-expect-error misspelt
  await readPage(places, { where: { opened: true } })
  // @ts-expect-error not a collection
  await readPage(make(), {})
})

it('an update takes undefined to remove a field', async () => {
  await tasks.update('1', { n: undefined })
  await tasks.update('1', (draft) => {
    draft.n = 1
    delete draft.n
    draft.tags.push('x')
  })
  // @ts-expect-error wrong value
  await tasks.update('1', { n: '1' })
})

it('live values have the types of what they show', async () => {
  const client = make()
  expectTypeOf(client.collections.tasks.watchAll().getSnapshot()).toEqualTypeOf<readonly Task[] | undefined>()
  expectTypeOf(client.collections.tasks.watchById('1').getSnapshot()).toEqualTypeOf<Task | null | undefined>()
  expectTypeOf(client.status.getSnapshot()).toEqualTypeOf<Status | undefined>()
  expectTypeOf(conflicts(client).getSnapshot()).toEqualTypeOf<readonly ParkedConflict<'tasks'>[] | undefined>()
  expectTypeOf(quarantine(client).getSnapshot()).toEqualTypeOf<readonly QuarantinedWrite<'tasks'>[] | undefined>()
  expectTypeOf(client.status.subscribe(() => {})).toEqualTypeOf<Unsubscribe>()
  for await (const list of client.collections.tasks.watchAll()) expectTypeOf(list).toEqualTypeOf<readonly Task[]>()
})

it('a resolver sees records of its collection, and the names of their fields', () => {
  createSyncClient({
    collections: { tasks: record<Task>() },
    conflict: {
      tasks: (conflict) => {
        expectTypeOf(conflict).toEqualTypeOf<Conflict<Task>>()
        expectTypeOf(conflict.fields).toEqualTypeOf<readonly (keyof Task)[]>()
        return 'local'
      },
    },
  })
  // @ts-expect-error no such decision
  createSyncClient({ collections: { tasks: record<Task>() }, conflict: { tasks: () => 'mine' } })
})

it('options that do not exist are refused', () => {
  // @ts-expect-error misspelt
  createSyncClient({ collections: { tasks: record<Task>() }, remot: undefined })
  // @ts-expect-error a scope of no collection
  createSyncClient({ collections: { tasks: record<Task>() }, scope: { taskz: () => undefined } })
  // @ts-expect-error a scope with a field that does not exist
  createSyncClient({ collections: { tasks: record<Task>() }, scope: { tasks: () => ({ titel: 'x' }) } })
  // @ts-expect-error nothing is synced without collections
  createSyncClient({})
})

it('a strategy of switching users is called first', () => {
  expectTypeOf(syncThenSwitch()).toExtend<Parameters<typeof switchUser>[2]>()
  expectTypeOf(syncThenSwitch).not.toExtend<Parameters<typeof switchUser>[2]>()
  expectTypeOf(promptIfUnsynced).not.toExtend<Parameters<typeof switchUser>[2]>()
})

it('errors carry codes of one closed list, and details that are JSON', () => {
  expectTypeOf<'SYNC_NETWORK'>().toMatchTypeOf<SyncErrorCode>()
  // @ts-expect-error no such code
  const code: SyncErrorCode = 'SYNC_NOPE'
  expectTypeOf(code).toMatchTypeOf<string>()
  make().observe({ 'sync:failed': ({ error }) => expectTypeOf(error.details).toEqualTypeOf<JsonObject>() })
})
