import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSyncClient, record } from '../../src/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany } from '../../src/relations/index.ts'
import { virtualEnv } from '../support/virtual-env.ts'
import { family } from './family.ts'

interface Seat {
  readonly row: string
  readonly seat: string
  readonly guest?: string
}
interface Ticket {
  readonly id: string
  readonly row?: string | null
  readonly seat?: string | null
  readonly seatId?: string
}
const seated = () =>
  createSyncClient({
    collections: {
      seats: {
        schema: record<Seat>(),
        key: ['row', 'seat'],
        relations: { tickets: hasMany('tickets', ['row', 'seat']), byId: hasMany('tickets', 'seatId') },
      },
      tickets: {
        schema: record<Ticket>(),
        relations: { place: belongsTo('seats', ['row', 'seat']), same: belongsTo('seats', 'seatId') },
      },
    },
    env: virtualEnv(),
  }).collections

describe('loading', () => {
  it('nests as deep as it is asked, also in a circle', async () => {
    const { all } = family()
    await all.people.create({ id: 'ada', name: 'Ada' })
    await all.projects.create({ id: 'p', ownerId: 'ada' })
    await all.tasks.create({ id: 't', projectId: 'p' })
    const [task] = await all.tasks.query({
      with: { project: { with: { owner: { with: { projects: { with: { tasks: true } } } } } } },
    })
    expect(task).toEqual({
      id: 't',
      projectId: 'p',
      project: {
        id: 'p',
        ownerId: 'ada',
        owner: {
          id: 'ada',
          name: 'Ada',
          projects: [{ id: 'p', ownerId: 'ada', tasks: [{ id: 't', projectId: 'p' }] }],
        },
      },
    })
  })

  it('of one that refers to itself ends', async () => {
    const { all } = family()
    await all.people.create({ id: 'a', friendId: 'a' })
    expect(await all.people.query({ with: { friend: { with: { friend: true } } } })).toEqual([
      { id: 'a', friendId: 'a', friend: { id: 'a', friendId: 'a', friend: { id: 'a', friendId: 'a' } } },
    ])
  })

  it('of one gives undefined for a key that is absent, null, no text, or leads nowhere', async () => {
    const { all } = family()
    await all.projects.createMany([{ id: 'null' }, { id: 'undefined' }, { id: '7' }])
    await all.tasks.createMany([
      { id: 'a' },
      { id: 'b', projectId: null },
      { id: 'c', projectId: 'gone' },
      { id: 'd', projectId: 7 as never },
      { id: 'e', projectId: ['7'] as never },
    ])
    const tasks = await all.tasks.query({ with: { project: true } })
    expect(tasks.map(({ project }) => project)).toEqual([undefined, undefined, undefined, undefined, undefined])
  })

  it('by hasOne gives the one with the least id, or undefined', async () => {
    const { all } = family()
    await all.people.createMany([{ id: 'a' }, { id: 'b' }])
    await all.profiles.createMany([
      { id: '2', personId: 'a' },
      { id: '1', personId: 'a' },
    ])
    const people = await all.people.query({ with: { profile: true } })
    expect(people.map(({ profile }) => profile?.id)).toEqual(['1', undefined])
  })

  it('by manyToMany leads both ways, each once, past joins that lead nowhere', async () => {
    const { all } = family()
    await all.tasks.createMany([{ id: 't' }, { id: 'u' }])
    await all.labels.createMany([{ id: 'm' }, { id: 'l' }])
    await all.taskLabels.createMany([
      { id: '1', taskId: 't', labelId: 'm' },
      { id: '2', taskId: 't', labelId: 'l' },
      { id: '3', taskId: 't', labelId: 'm' },
      { id: '4', taskId: 'u', labelId: 'l' },
      { id: '5', taskId: 'u', labelId: 'gone' },
    ])
    const tasks = await all.tasks.query({ with: { labels: true } })
    expect(tasks.map(({ labels }) => labels.map(({ id }) => id))).toEqual([['l', 'm'], ['l']])
    const labels = await all.labels.query({ with: { tasks: true } })
    expect(labels.map(({ tasks: own }) => own.map(({ id }) => id))).toEqual([['t', 'u'], ['t']])
  })

  it('chooses among many by where, orderBy, offset and limit', async () => {
    const { all } = family()
    await all.projects.createMany([{ id: 'p' }, { id: 'q' }])
    await all.tasks.createMany(
      Array.from({ length: 12 }, (_, n) => ({ id: `t${n}`, n: (n * 5) % 12, projectId: n % 2 ? 'p' : 'q' })),
    )
    const projects = await all.projects.query({
      with: { tasks: { where: { n: { gte: 3 } }, orderBy: { n: 'desc' }, offset: 1, limit: 2 } },
    })
    expect(projects.map(({ tasks }) => tasks.map(({ n }) => n))).toEqual([
      [9, 7],
      [8, 6],
    ])
  })

  it('follows keys of several fields, and the text of such a key in one field', async () => {
    const { seats, tickets } = seated()
    await seats.create({ row: 'A', seat: '1', guest: 'Ada' })
    await seats.create({ row: 'A', seat: '2' })
    await tickets.createMany([
      { id: '1', row: 'A', seat: '1', seatId: '["A","2"]' },
      { id: '2', row: 'A', seat: null },
      { id: '3', row: 'B', seat: '1' },
    ])
    const loaded = await tickets.query({ with: { place: true, same: true } })
    expect(loaded.map(({ place, same }) => [place?.guest, same?.seat])).toEqual([
      ['Ada', '2'],
      [undefined, undefined],
      [undefined, undefined],
    ])
    const [first, second] = await seats.query({ with: { tickets: true, byId: true } })
    expect(
      [first?.tickets, first?.byId, second?.tickets, second?.byId].map((list) => list?.map(({ id }) => id)),
    ).toEqual([['1'], [], [], ['1']])
  })

  it('takes no key with a null in it for that of a record with a null in its own', async () => {
    const { seats, tickets } = seated()
    await seats.create({ row: 'B', seat: null as never })
    await tickets.create({ id: '1', row: 'B' })
    expect((await seats.query({ with: { tickets: true } }))[0]?.tickets).toEqual([])
    expect((await tickets.query({ with: { place: true } }))[0]?.place).toBeUndefined()
  })

  it('finds the same with an index and without, for one record and for many', async () => {
    interface Row {
      readonly id: string
      readonly a?: string | null
    }
    const value = fc.constantFrom('0', '1', '2', null, undefined)
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 12 }), fc.integer({ min: 0, max: 3 }), async (values, count) => {
        const found = [true, false].map(async (isIndexed) => {
          const { collections } = createSyncClient({
            collections: {
              as: { schema: record<{ id: string }>(), relations: { bs: hasMany('bs', 'a') } },
              bs: { schema: record<Row>(), indexes: isIndexed ? ['a'] : [] },
            },
            env: virtualEnv(),
          })
          await collections.as.createMany(Array.from({ length: count }, (_, n) => ({ id: `${n}` })))
          await collections.bs.createMany(
            values.map((a, n) => ({ id: `${(n * 7) % 12}`, ...(a === undefined ? {} : { a }) })),
          )
          return collections.as.query({ with: { bs: true } })
        })
        const [indexed, plain] = await Promise.all(found)
        expect(indexed).toEqual(plain)
        for (const { id, bs } of plain ?? []) {
          const own = values.flatMap((a, n) => (a === id ? [`${(n * 7) % 12}`] : []))
          expect(bs.map((row) => row.id)).toEqual(own.sort())
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('a live query with relations', () => {
  it('follows every collection involved, and tells only when what it shows changed', async () => {
    const { all } = family()
    await all.people.create({ id: 'ada' })
    await all.projects.create({ id: 'p', ownerId: 'ada' })
    await all.tasks.createMany([{ id: 't', projectId: 'p', n: 1 }, { id: 'u' }])
    const seen: unknown[] = []
    const watch = all.projects.watchQuery({ with: { owner: true, tasks: { where: { n: 1 }, with: { labels: true } } } })
    watch.subscribe((list) =>
      seen.push(
        list.map(({ owner, tasks }) => [
          owner?.name,
          tasks.map(({ id, labels }) => `${id}:${labels.map((l) => l.id)}`),
        ]),
      ),
    )
    expect(seen).toEqual([[[undefined, ['t:']]]])
    const shown = watch.getSnapshot()
    await all.tasks.update('u', { title: 'not shown' })
    await all.tasks.create({ id: 'v', projectId: 'p', n: 2 })
    await all.people.create({ id: 'eve' })
    await all.labels.create({ id: 'l' })
    expect(seen).toHaveLength(1)
    expect(watch.getSnapshot()).toBe(shown)
    await all.people.update('ada', { name: 'Ada' })
    await all.taskLabels.create({ id: 'tl', taskId: 't', labelId: 'l' })
    await all.tasks.update('v', { n: 1 })
    await all.labels.delete('l')
    expect(seen.slice(1)).toEqual([
      [['Ada', ['t:']]],
      [['Ada', ['t:l']]],
      [['Ada', ['t:l', 'v:']]],
      [['Ada', ['t:', 'v:']]],
    ])
  })

  it('follows references without an index, for several records at once', async () => {
    const { all } = family()
    await all.labels.createMany([{ id: 'l' }, { id: 'm' }])
    await all.tasks.create({ id: 't' })
    const watch = all.labels.watchQuery({ with: { tasks: true } })
    const shown = (): unknown => watch.getSnapshot()?.map(({ tasks }) => tasks.map(({ id }) => id))
    expect(shown()).toEqual([[], []])
    await all.taskLabels.create({ id: '1', taskId: 't', labelId: 'm' })
    expect(shown()).toEqual([[], ['t']])
    await all.taskLabels.update('1', { labelId: 'l' })
    expect(shown()).toEqual([['t'], []])
  })

  it('keeps the objects of rows on which nothing changed', async () => {
    const { all } = family()
    await all.projects.createMany([{ id: 'p' }, { id: 'q' }])
    await all.tasks.createMany([
      { id: 't', projectId: 'p' },
      { id: 'u', projectId: 'q' },
    ])
    const watch = all.projects.watchQuery({ with: { tasks: true } })
    watch.subscribe(() => {})
    const [p, q] = watch.getSnapshot() ?? []
    await all.tasks.update('u', { title: 'new' })
    const [p2, q2] = watch.getSnapshot() ?? []
    expect(p2).toBe(p)
    expect(q2).not.toBe(q)
    expect(q2?.tasks[0]?.title).toBe('new')
  })

  it('equal ones share one Watch; a different inner query is another', () => {
    const { all } = family()
    const a = all.projects.watchQuery({ with: { tasks: { limit: 1 } } })
    expect(all.projects.watchQuery({ with: { tasks: { limit: 1 } } })).toBe(a)
    expect(all.projects.watchQuery({ with: { tasks: { limit: 2 } } })).not.toBe(a)
  })
})

describe('what is no relation', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['projects'] = { with: cyclic }
  const inner: Record<string, unknown> = {}
  inner['owner'] = { with: { projects: { with: inner } } }
  it.each<[string, unknown]>([
    ['a name that does not exist', { task: true }],
    ['a name of Object.prototype', { constructor: true }],
    ['__proto__', JSON.parse('{"__proto__":true}')],
    ['false', { tasks: false }],
    ['null', { tasks: null }],
    ['a number', { tasks: 1 }],
    ['a list', { tasks: [] }],
    ['a wrong name further in', { tasks: { with: { projekt: true } } }],
    ['a misspelt part', { tasks: { were: {} } }],
    ['a limit of one', { owner: { limit: 1 } }],
    ['a wrong operator', { tasks: { where: { n: { like: 1 } } } }],
    ['a function', () => true],
    ['null itself', null],
    ['an endless circle', inner],
  ])('is refused in with: %s', async (_, named) => {
    const { all } = family()
    const raw = all.projects as unknown as Record<'query' | 'watchQuery', (query: unknown) => unknown>
    await expect(raw.query({ with: named })).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(Promise.resolve().then(() => raw.watchQuery({ with: named }))).rejects.toMatchObject({
      code: 'SYNC_INPUT_INVALID',
    })
  })

  const a = record<{ id: string; bId: string }>()
  const b = record<{ id: string }>()
  const ab = { key: ['x', 'y'], schema: record<{ x: string; y: string }>() }
  it.each<[string, unknown, string]>([
    ['a collection that is not there', { a: { schema: a, relations: { c: belongsTo('c', 'bId') } }, b }, '"c"'],
    [
      'a join that is not there',
      { a: { schema: a, relations: { b: manyToMany('b', { through: 'c', from: 'x', to: 'y' }) } }, b },
      '"c"',
    ],
    ['an object made by hand', { a: { schema: a, relations: { b: { kind: 'belongsTo', to: 'b' } } }, b }, 'kernel/rel'],
    ['null', { a: { schema: a, relations: { b: null } }, b }, 'kernel/relations'],
    ['relations that are text', { a: { schema: a, relations: 'b' }, b }, 'kernel/relations'],
    ['no field', { a: { schema: a, relations: { b: belongsTo('b', '') } }, b }, 'field'],
    ['no fields', { a: { schema: a, relations: { b: belongsTo('b', []) } }, b }, 'field'],
    ['a field that is a number', { a: { schema: a, relations: { b: belongsTo('b', 7 as never) } }, b }, 'field'],
    [
      'too few fields',
      { a: { schema: a, relations: { b: belongsTo('b', ['x', 'y']) } }, b },
      '2 fields for a key of 1',
    ],
    [
      'a wrong onDelete',
      { a: { schema: a, relations: { b: belongsTo('b', 'bId', { onDelete: 'x' as never }) } }, b },
      'onDelete',
    ],
    [
      'two sides that differ',
      {
        a: { schema: a, relations: { b: belongsTo('b', 'bId', { onDelete: 'cascade' }) } },
        b: { schema: b, relations: { as: hasMany('a', 'bId', { onDelete: 'restrict' }) } },
      },
      'the other side "cascade"',
    ],
    [
      'null in a key',
      { ab: { ...ab, relations: { b: belongsTo('b', 'x', { onDelete: 'setNull' }) } }, b },
      'part of the key',
    ],
  ])('is refused in a collection: %s', (_, collections, message) => {
    expect(() => createSyncClient({ collections: collections as never })).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(message) }),
    )
  })

  it('both sides may say the same, or one of them nothing', () => {
    for (const onDelete of ['cascade', undefined] as const) {
      createSyncClient({
        collections: {
          a: { schema: a, relations: { b: belongsTo('b', 'bId', { onDelete: 'cascade' }) } },
          b: { schema: b, relations: { one: hasOne('a', 'bId', onDelete ? { onDelete } : {}) } },
        },
      })
    }
  })
})
