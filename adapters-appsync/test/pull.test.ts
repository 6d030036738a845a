import { isSyncError } from '@rowkeep/kernel'
import { afterEach, describe, expect, it } from 'vitest'
import { context, notes, operation, pushed, run, type Scene, scene } from './support/scene.ts'

const minute = 60_000
const scenes: Scene[] = []
const open = (...options: Parameters<typeof scene>): Scene => {
  const one = scene(...options)
  scenes.push(one)
  return one
}
afterEach(async () => {
  for (const one of scenes.splice(0)) await one.close()
})

const cursorAfter = async ({ adapter }: Scene): Promise<string | null> => (await run(adapter)).at(-1)?.cursor ?? null
const changed = (pages: Awaited<ReturnType<typeof run>>): readonly string[] =>
  pages.flatMap(({ changes }) => changes.map(({ kind, id }) => `${kind} ${id}`))

/** A delta table that reaches back no further than now. */
const short = { deltaTableTtlMs: -1 }

describe('a run', () => {
  it('goes on through pages that are empty because their rows are somebody else’s', async () => {
    const one = open()
    const bob = one.device({ session: () => ({ user: 'bob', token: 'token-of-bob' }) })
    for (let n = 0; n < 9; n += 1) {
      const row = { id: `b${n}`, title: 'of bob' }
      const create = operation({ kind: 'create', id: row.id, change: { set: row }, record: row })
      await bob.push({ operations: [create], atomic: false }, context({ user: 'bob' }))
    }
    await one.double.write('notes', { id: 'n1', title: 'of ada' })
    const pages = await run(one.adapter, null, 2)
    expect(changed(pages)).toEqual(['record n1'])
    expect(pages.length).toBeGreaterThan(4)
    expect(pages.filter(({ changes, more }) => changes.length === 0 && more).length).toBeGreaterThan(2)
  })

  it('tells every change of the delta table in its order, one row several times', async () => {
    const one = open()
    const cursor = await cursorAfter(one)
    for (const title of ['a', 'b', 'c']) await one.double.write('notes', { id: 'n1', title })
    const [page] = await run(one.adapter, cursor)
    const revisions = page?.changes.map((change) => 'revision' in change && change.revision)
    expect(revisions).toEqual(['1', '2', '3'])
  })

  it('that a scan of the base table answers is a delta with its tombstones, as long as the base table keeps them', async () => {
    const one = open(short)
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await one.double.write('notes', { id: 'n2', title: 'two' })
    const cursor = await cursorAfter(one)
    await one.double.remove('notes', 'n1')
    const pages = await run(one.adapter, cursor)
    expect(pages.map(({ kind }) => kind)).toEqual(['delta'])
    expect([...changed(pages)].sort()).toEqual(['record n2', 'tombstone n1'])
  })

  it('that began before the base table’s memory is expired, at the server’s time', async () => {
    const one = open()
    const cursor = await cursorAfter(one)
    await one.double.expire()
    expect(await one.adapter.pull({ feed: notes, cursor, limit: 10 }, context())).toMatchObject({
      kind: 'expired',
      now: expect.any(Number),
    })
  })

  it('ends at a safe point that overlaps with it by overlapMs', async () => {
    const one = open()
    const device = one.device({ overlapMs: 3000 })
    const [page] = await run(device)
    expect(JSON.parse(page?.cursor ?? '')).toMatchObject({ s: (page?.now ?? 0) - 3000 })
  })

  it('counts from its first page, whatever later ones say', async () => {
    const one = open()
    const times = [1_795_150_000_000, 1_795_150_999_000]
    one.network.way = async () => {
      const startedAt = times.shift()
      return Response.json({
        data: { syncNotes: { items: [], nextToken: times.length > 0 ? 'next' : null, startedAt } },
      })
    }
    const pages = await run(one.adapter)
    expect(pages.map(({ now }) => now)).toEqual([1_795_150_000_000, 1_795_150_000_000])
    expect(JSON.parse(pages[1]?.cursor ?? '')).toMatchObject({ s: 1_795_149_990_000 })
  })

  it('whose token AppSync has forgotten is expired, not stuck', async () => {
    const one = open()
    for (const id of ['n1', 'n2', 'n3']) await one.double.write('notes', { id, title: id })
    const [first] = [await one.adapter.pull({ feed: notes, cursor: null, limit: 1 }, context())]
    const { cursor } = first as { readonly cursor: string }
    const stale = JSON.stringify({ ...(JSON.parse(cursor) as object), n: 'forgotten' })
    expect(await one.adapter.pull({ feed: notes, cursor: stale, limit: 1 }, context())).toMatchObject({
      kind: 'expired',
    })
  })

  it('of a collection that models does not name is refused before anything is sent', async () => {
    const one = open()
    const feed = { id: 'x', collections: ['constructor'] }
    await expect(one.adapter.pull({ feed, cursor: null, limit: 1 }, context())).rejects.toSatisfy((error) =>
      isSyncError(error, 'SYNC_UNSUPPORTED'),
    )
    expect(one.network.sent).toEqual([])
  })
})

describe('a filter', () => {
  const filters = { notes: { field: 'done', is: 'eq', value: false } } as const
  const feed = { ...notes, filters }
  const asked = ({ network }: Scene): readonly unknown[] => network.sent.map(({ variables }) => variables['filter'])

  it('goes with a listing on all its pages, and with nothing else', async () => {
    const one = open()
    for (const id of ['n1', 'n2', 'n3']) await one.double.write('notes', { id, title: id, done: id === 'n3' })
    const pages = await run(one.adapter, null, 2, feed)
    expect([...changed(pages)].sort()).toEqual(['record n1', 'record n2'])
    expect(asked(one)).toEqual(pages.map(() => ({ done: { eq: false } })))
    one.network.sent.length = 0
    await one.double.write('notes', { id: 'n1', title: 'n1', done: true })
    expect(changed(await run(one.adapter, pages.at(-1)?.cursor ?? null, 100, feed))).toContain('record n1')
    expect(asked(one)).toEqual([undefined])
  })

  it('that AppSync cannot test is left out: everything comes, and the kernel chooses', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    const odd = { ...notes, filters: { notes: { field: 'title', is: 'matches', value: 'x' } } } as const
    expect(changed(await run(one.adapter, null, 10, odd))).toEqual(['record n1'])
  })
})

describe('a page that does not fit', () => {
  const page = (items: readonly unknown[], more: object = {}): object => ({
    data: { syncNotes: { items, nextToken: null, startedAt: 1_795_150_000_000, ...more } },
  })
  const row = { id: 'n1', title: 'one', done: null, n: null, tags: null, _version: 1, _deleted: null, _m: null }
  const answering = (body: object): Scene => {
    const one = open()
    one.network.way = async () => Response.json(body)
    return one
  }

  it.each([
    ['no rows', page('x' as never)],
    ['no time', page([], { startedAt: null })],
    ['a token that is none', page([], { nextToken: 5 })],
    ['a token no cursor can hold', page([], { nextToken: 'x'.repeat(5000) })],
    ['a row without an id', page([{ ...row, id: null }])],
    ['no page at all', { data: { syncNotes: null } }],
    ['no data', {}],
    ['another shape', { data: [] }],
  ])('(%s) fails with SYNC_PROTOCOL', async (_, body) => {
    const call = answering(body).adapter.pull({ feed: notes, cursor: null, limit: 10 }, context())
    await expect(call).rejects.toSatisfy((error) => isSyncError(error, 'SYNC_PROTOCOL'))
  })

  it.each([
    ['a version', '"_version":1', '"_version":1.5'],
    ['markers', '"_m":null', '"_m":[5]'],
    ['a number', '"n":null', '"n":1e999'],
  ])('in one row only (%s) sets that row aside and goes on', async (_, good, flawed) => {
    const text = JSON.stringify(page([row, { ...row, id: 'n2' }])).replace(good, flawed)
    const one = open()
    one.network.way = async () => new Response(text, { headers: { 'content-type': 'application/json' } })
    expect(changed(await run(one.adapter))).toEqual(['unreadable n1', 'record n2'])
  })

  it('because a row breaks the API’s own schema names that row, and brings the others [F91]', async () => {
    const one = open()
    one.network.way = async () => {
      const keys = one.network.sent.at(-1)?.query.includes('title') === false
      const broken = {
        ...page([row, null]),
        errors: [
          {
            path: ['syncNotes', 'items', 1, 'title'],
            locations: null,
            message:
              "Cannot return null for non-nullable type: 'String' within parent 'Note' (/syncNotes/items[1]/title)",
          },
        ],
      }
      return Response.json(keys ? page([row, { id: 'n2', _version: 3 }]) : broken)
    }
    const [listed] = await run(one.adapter)
    expect(listed?.changes).toMatchObject([
      { kind: 'record', id: 'n1' },
      { kind: 'unreadable', id: 'n2', error: { code: 'SYNC_PROTOCOL', message: expect.stringContaining('title') } },
    ])
  })

  it('and is for somebody else is forbidden, not empty [F91]', async () => {
    const one = open()
    one.network.way = async () =>
      Response.json({
        data: { syncNotes: null },
        errors: [{ errorType: 'Unauthorized', message: 'Not Authorized', path: ['syncNotes'] }],
      })
    await expect(one.adapter.pull({ feed: notes, cursor: null, limit: 10 }, context())).rejects.toSatisfy((error) =>
      isSyncError(error, 'SYNC_FORBIDDEN'),
    )
  })
})

it('rows that were deleted longer ago than the base table remembers are gone from it', async () => {
  const one = open({ baseTableTtlMs: 10 * minute })
  await one.double.write('notes', { id: 'n1', title: 'one' })
  await one.double.remove('notes', 'n1')
  expect(changed(await run(one.adapter))).toEqual(['tombstone n1'])
  await one.double.expire()
  expect(changed(await run(one.adapter))).toEqual([])
  expect(await pushed(one.adapter, operation({ kind: 'delete', expected: '2' }))).toEqual({ kind: 'applied' })
})
