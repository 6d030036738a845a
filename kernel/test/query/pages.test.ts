import { describe, expect, it } from 'vitest'
import { createSyncClient, isSyncError, record } from '../../src/index.ts'
import { readPage, watchCount, watchPage } from '../../src/pages/index.ts'
import { belongsTo } from '../../src/relations/index.ts'
import { virtualEnv } from '../support/virtual-env.ts'

interface Task {
  readonly id: string
  readonly due?: string | null
  readonly n: number
  readonly at?: { readonly day: number }
  readonly ownerId?: string
}

const open = (indexes: readonly (string | readonly string[])[] = []) =>
  createSyncClient({
    collections: {
      tasks: { schema: record<Task>(), indexes, relations: { owner: belongsTo('people', 'ownerId') } },
      people: record<{ id: string; name: string }>(),
    },
    env: virtualEnv(),
  })

const rows: readonly Task[] = Array.from({ length: 10 }, (_, at) => ({
  id: `t${at}`,
  n: at % 3,
  due: at % 4 === 0 ? null : `d${at % 4}`,
  at: { day: at % 2 },
  ownerId: `p${at % 2}`,
}))

const filled = async (indexes?: readonly (string | readonly string[])[]) => {
  const client = open(indexes)
  await client.collections.tasks.createMany(rows)
  await client.collections.people.createMany([
    { id: 'p0', name: 'Ada' },
    { id: 'p1', name: 'Bea' },
  ])
  return client.collections
}
const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id).join(' ')

const orders = [
  {},
  { n: 'asc' },
  { n: 'desc' },
  { due: 'asc nulls last', n: 'desc' },
  { due: 'desc nulls first' },
  { 'at.day': 'desc', n: 'asc' },
] as const

describe('pages', () => {
  it.each(
    orders.flatMap((orderBy) =>
      [1, 3, 10].flatMap((limit) =>
        [[], ['n'], [['n'], ['due', 'n']]].map((indexes) => [orderBy, limit, indexes] as const),
      ),
    ),
  )('after one another hold every row once, in order: %j by %j, indexes %j', async (orderBy, limit, indexes) => {
    const { tasks } = await filled(indexes)
    const where = { n: { gte: 0 } }
    const walked: Task[] = []
    let after: string | null = null
    let pages = 0
    do {
      const page: Awaited<ReturnType<typeof readPage<never, never>>> = await readPage(
        tasks as never,
        { where, orderBy, limit, after } as never,
      )
      walked.push(...(page.rows as readonly Task[]))
      after = page.after
      pages += 1
    } while (after !== null)
    expect(ids(walked)).toBe(ids(await tasks.query({ where, orderBy })))
    expect(pages).toBe(Math.ceil(rows.length / limit))
  })

  it('go on from the place of a row that is gone, or has moved', async () => {
    const { tasks } = await filled(['n'])
    const { after } = await readPage(tasks, { orderBy: { n: 'desc' }, limit: 2 })
    await tasks.delete('t5')
    await tasks.update('t2', { n: 0 })
    expect(ids((await readPage(tasks, { orderBy: { n: 'desc' }, limit: 3, after })).rows)).toBe('t8 t1 t4')
  })

  it('without a limit are one page; offset counts from after; an offset beyond the end finds nothing', async () => {
    const { tasks } = await filled()
    expect((await readPage(tasks, {})).after).toBeNull()
    const { after } = await readPage(tasks, { limit: 4 })
    expect(ids((await readPage(tasks, { limit: 2, offset: 1, after })).rows)).toBe('t5 t6')
    expect(await readPage(tasks, { limit: 2, offset: 99 })).toEqual({ rows: [], after: null })
  })

  it('load relations', async () => {
    const { tasks } = await filled()
    const { rows: loaded } = await readPage(tasks, { limit: 2, with: { owner: true } })
    expect(loaded.map(({ owner }) => owner?.name)).toEqual(['Ada', 'Bea'])
  })

  it('are frozen', async () => {
    const { tasks } = await filled()
    const page = await readPage(tasks, { limit: 2 })
    expect([page, page.rows, page.rows[0]].every(Object.isFrozen)).toBe(true)
  })

  it.each<[string, (given: string) => unknown]>([
    ['another order', () => ({ orderBy: { n: 'desc' } })],
    ['another direction of null', () => ({ orderBy: { n: 'asc nulls last' } })],
    ['more of an order', () => ({ orderBy: { n: 'asc', due: 'asc' } })],
    ['no order', () => ({})],
    ['a text that is none', () => ({ orderBy: { n: 'asc' }, after: 'x' })],
    ['an empty text', () => ({ orderBy: { n: 'asc' }, after: '' })],
    ['a number', () => ({ orderBy: { n: 'asc' }, after: 5 })],
    ['JSON of something else', () => ({ orderBy: { n: 'asc' }, after: '[]' })],
    ['JSON that is too deep', () => ({ orderBy: { n: 'asc' }, after: '['.repeat(100_000) })],
    ['one without an id', (given) => ({ orderBy: { n: 'asc' }, after: given.replace(/"id":"[^"]*",/, '') })],
    ['one with another id', (given) => ({ orderBy: { n: 'asc' }, after: given.replace(/"id":"[^"]*"/, '"id":7') })],
    [
      'one with a field __proto__',
      (given) => ({ orderBy: { n: 'asc' }, after: given.replace('{"n":', '{"__proto__":1,"n":') }),
    ],
    [
      'one with an endless number',
      (given) => ({ orderBy: { n: 'asc' }, after: given.replace('{"n":0', '{"n":1e999') }),
    ],
  ])('are refused after %s', async (_, query) => {
    const { tasks } = await filled()
    const { after } = await readPage(tasks, { orderBy: { n: 'asc' }, limit: 1 })
    const asked = { after, ...(query(after ?? '') as object) } as never
    for (const call of [() => readPage(tasks, asked), async () => watchPage(tasks, asked)]) {
      const error = await call().catch((thrown: unknown) => thrown)
      expect(isSyncError(error, 'SYNC_INPUT_INVALID') && error.message).toMatch(/^after /)
    }
  })

  it.each<[string, unknown]>([
    ['a limit of 0', { limit: 0 }],
    ['a broken limit', { limit: 1.5 }],
    ['a misspelt part', { orderby: { n: 'asc' } }],
    ['null', null],
    ['a relation that is not there', { with: { boss: true } }],
  ])('are refused with %s', async (_, query) => {
    const { tasks } = await filled()
    for (const call of [() => readPage(tasks, query as never), async () => watchPage(tasks, query as never)]) {
      await expect(call()).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    }
    await expect(tasks.query({ after: 'x' } as never)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  })

  it('are only of collections', async () => {
    const client = open()
    for (const given of [client, {}, null, 'tasks']) {
      await expect(readPage(given as never, {})).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    }
    expect(() => watchCount(client as never)).toThrow(expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }))
  })
})

describe('a live page', () => {
  it('is one Watch for equal queries, and of different places different ones', async () => {
    const { tasks } = await filled()
    const query = () => ({ where: { n: 1 }, orderBy: { n: 'asc' }, limit: 2 }) as const
    const watch = watchPage(tasks, query())
    expect(watchPage(tasks, query())).toBe(watch)
    const { after } = watch.getSnapshot() ?? {}
    expect(watchPage(tasks, { ...query(), after: after ?? null })).not.toBe(watch)
    expect(watchPage(tasks, { ...query(), limit: 3 })).not.toBe(watch)
    expect(watchPage(tasks, { ...query(), after: null })).toBe(watch)
  })

  it('begins behind the same place whatever comes and goes, and is the same object while nothing in it changed', async () => {
    const { tasks } = await filled()
    const first = await readPage(tasks, { limit: 3 })
    const watch = watchPage(tasks, { limit: 3, after: first.after })
    const seen: string[] = []
    watch.subscribe(({ rows: list, after }) => seen.push(`${ids(list)}${after === null ? '.' : ' >'}`))
    await tasks.delete('t2')
    await tasks.create({ id: 't25', n: 0 })
    const before = watch.getSnapshot()
    await tasks.update('t6', { n: 9 })
    await tasks.update('t0', { n: 9 })
    expect(watch.getSnapshot()).toBe(before)
    await tasks.delete('t4')
    for (const id of ['t7', 't8', 't9']) await tasks.delete(id)
    expect(seen).toEqual(['t3 t4 t5 >', 't25 t3 t4 >', 't25 t3 t5 >'])
    await tasks.delete('t6')
    expect(seen.at(-1)).toBe('t25 t3 t5.')
  })
})

describe('a live count', () => {
  it('follows each change, and tells only what differs', async () => {
    const { tasks } = await filled()
    const watch = watchCount(tasks, { where: { n: 1 } })
    expect(watchCount(tasks, { where: { n: 1 } })).toBe(watch)
    const seen: number[] = []
    watch.subscribe((count) => seen.push(count))
    await tasks.create({ id: 'x', n: 1 })
    await tasks.create({ id: 'y', n: 2 })
    await tasks.update('x', { n: 2 })
    await tasks.update('y', { n: 1 })
    await tasks.delete('y')
    await tasks.createMany([{ n: 1 }, { n: 1 }, { n: 0 }])
    expect(seen).toEqual([3, 4, 3, 4, 3, 5])
  })

  it('counts within offset and limit, as count does', async () => {
    const { tasks } = await filled()
    for (const query of [{ offset: 4 }, { limit: 3 }, { offset: 8, limit: 5 }, { offset: 20 }, { limit: 0 }]) {
      const watch = watchCount(tasks, query)
      expect(watch.getSnapshot()).toBe(await tasks.count(query))
    }
    expect(watchCount(tasks).getSnapshot()).toBe(10)
  })
})
