import { describe, expect, it } from 'vitest'
import { bench, contextOf, marks, notes, plant } from './bench.ts'

const MINUTE = 60_000

/** A monotonic clock that a test moves. */
function clock(): { now: () => number; pass(ms: number): void } {
  let at = 1000
  return {
    now: () => at,
    pass(ms) {
      at += ms
    },
  }
}

describe('requests of a pull', () => {
  it('ask for one page in the order of stamp and document id, behind the last row [F90]', async () => {
    const { ada, double, served } = await bench()
    for (const id of ['a', 'b', 'c']) await double.write('notes', { id })
    const first = await ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf())
    if (first.kind === 'expired') throw new Error('a first page cannot be expired')
    await ada.pull({ feed: notes, cursor: first.cursor, limit: 2 }, contextOf())
    const queries = served.calls.map(({ verb, path, body }) => [verb, path, body['structuredQuery']] as const)
    expect(queries.map(([verb, path]) => `${verb} ${path.split('/documents')[1]}`)).toEqual(
      Array.from({ length: 3 }, () => 'runQuery /users/ada:runQuery'),
    )
    const [newest, page, next] = queries.map(([, , query]) => query)
    expect(newest).toMatchObject({ limit: 1, orderBy: [{ direction: 'DESCENDING' }, {}] })
    expect(page).toMatchObject({
      limit: 2,
      from: [{ collectionId: 'notes' }],
      orderBy: [{ field: { fieldPath: '_changedAt' } }, { field: { fieldPath: '__name__' } }],
    })
    expect(next).toMatchObject({
      startAt: { before: false, values: [{}, { referenceValue: expect.stringMatching(/notes\/b$/) }] },
    })
  })

  it('carry the token in a header, and the rows of nobody else', async () => {
    const { ada, served } = await bench()
    await ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf())
    expect(served.calls.map(({ headers }) => headers.get('authorization'))).toEqual([
      'Bearer token-of-ada',
      'Bearer token-of-ada',
    ])
  })

  it('are none for a user who is not signed in, or not the one of the call', async () => {
    const { ada, served } = await bench()
    const pull = (user: string): Promise<unknown> => ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf(user))
    await expect(pull('bob')).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
    await expect(pull('')).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
    expect(served.calls).toEqual([])
  })

  it('refused because another user has signed in meanwhile tell of the user, not of a right that is missing', async () => {
    let user: string | null = 'ada'
    const { ada, served } = await bench({ user: () => user })
    served.fault = () => {
      user = 'bob'
      return Response.json({ error: { code: 403, message: 'Missing or insufficient permissions.' } }, { status: 403 })
    }
    await expect(ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf())).rejects.toMatchObject({
      code: 'SYNC_USER_MISMATCH',
    })
    user = null
    await expect(ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf())).rejects.toMatchObject({
      code: 'SYNC_AUTH_REQUIRED',
    })
  })

  it('take one collection a feed', async () => {
    const { ada } = await bench()
    const feed = { id: 'two', collections: ['notes', 'tasks'] }
    await expect(ada.pull({ feed, cursor: null, limit: 2 }, contextOf())).rejects.toMatchObject({
      code: 'SYNC_UNSUPPORTED',
    })
  })
})

describe('the overlap window', () => {
  it('brings a row that is committed late, with a stamp before others that were read [F87]', async () => {
    const { double, server, run } = await bench()
    await double.write('notes', { id: 'early' })
    const { cursor } = await run()
    plant(server, 'late', { ...marks(1, server.now() - 4 * MINUTE), title: { stringValue: 'late' } })
    const { changes } = await run(cursor)
    expect(changes.map(({ id }) => id)).toContain('late')
  })

  it('reads what is in it again, and after its time nothing: a quiet feed costs one read a run', async () => {
    const time = clock()
    const { double, run } = await bench({ monotonicNow: time.now })
    for (let n = 0; n < 50; n += 1) await double.write('notes', { id: `n${n}` })
    let { cursor, reads } = await run()
    // 50 documents and the one that tells the server's time.
    expect(reads).toBe(51)
    const bills: number[] = []
    for (let minute = 0; minute < 60; minute += 1) {
      time.pass(MINUTE)
      ;({ cursor, reads } = await run(cursor))
      bills.push(reads)
    }
    expect(bills.slice(0, 4)).toEqual([50, 50, 50, 50])
    expect(bills.slice(6)).toEqual(Array.from({ length: 54 }, () => 1))
  })

  it('is measured from the begin of a run, however long that takes', async () => {
    const time = clock()
    const { ada, double, server } = await bench({ monotonicNow: time.now })
    const start = server.now()
    for (let n = 0; n < 3; n += 1) await double.write('notes', { id: `n${n}` })
    const first = await ada.pull({ feed: notes, cursor: null, limit: 2 }, contextOf())
    if (first.kind === 'expired' || !first.more) throw new Error('the first page is not the last')
    // An hour passes before the next page; a row stamped just after the begin was committed behind the first page.
    time.pass(60 * MINUTE)
    plant(server, 'hour later', marks(1, start + 60 * MINUTE))
    plant(server, 'behind', marks(1, start - MINUTE))
    const last = await ada.pull({ feed: notes, cursor: first.cursor, limit: 10 }, contextOf())
    if (last.kind === 'expired' || last.more) throw new Error('the second page is the last')
    expect(last.changes.map(({ id }) => id)).not.toContain('behind')
    const next = await ada.pull({ feed: notes, cursor: last.cursor, limit: 10 }, contextOf())
    expect(next.kind === 'delta' && next.changes.map(({ id }) => id)).toContain('behind')
  })

  it('has the length of the option', async () => {
    const { double, server, run } = await bench({ overlapMs: 1000 })
    await double.write('notes', { id: 'early' })
    const { cursor } = await run()
    plant(server, 'too late', marks(1, server.now() - 4 * MINUTE))
    plant(server, 'in time', marks(1, server.now() - 500))
    expect((await run(cursor)).changes.map(({ id }) => id).sort()).toEqual(['early', 'in time'])
  })
})

describe('documents of other writers', () => {
  const planted = async (fields: Parameters<typeof plant>[2], id = 'n1') => {
    const { server, run } = await bench()
    plant(server, id, { ...marks(3, server.now()), ...fields })
    return (await run()).changes
  }

  it('come with their values as JSON', async () => {
    const changes = await planted({
      when: { timestampValue: '2026-11-20T05:00:10.123456Z' },
      noon: { timestampValue: '2026-11-20T12:00:00Z' },
      bytes: { bytesValue: 'AQID' },
      place: { geoPointValue: { latitude: 47.4, longitude: 8.5 } },
      ref: { referenceValue: 'projects/demo-rowkeep/databases/(default)/documents/users/ada' },
    })
    expect(changes).toEqual([
      {
        kind: 'record',
        collection: 'notes',
        id: 'n1',
        revision: '3',
        record: {
          when: '2026-11-20T05:00:10.123456Z',
          noon: '2026-11-20T12:00:00.000Z',
          bytes: 'AQID',
          place: { latitude: 47.4, longitude: 8.5 },
          ref: 'users/ada',
        },
      },
    ])
  })

  it('that cannot be read are set aside with the reason, and the page goes on', async () => {
    const { double, server, run } = await bench()
    plant(server, 'nan', { ...marks(1, server.now()), n: { doubleValue: 'NaN' } })
    plant(server, 'zero', marks(0, server.now()))
    plant(server, '100%', marks(1, server.now()))
    plant(server, 'json', { ...marks(1, server.now()), n: { mapValue: { fields: { $json: { stringValue: '{' } } } } })
    await double.write('notes', { id: 'good' })
    const found = new Map((await run()).changes.map((one) => [one.id, one]))
    for (const id of ['nan', 'zero', '100%', 'json'])
      expect(found.get(id), id).toMatchObject({ kind: 'unreadable', error: { code: 'SYNC_PROTOCOL' } })
    expect(found.get('good')).toMatchObject({ kind: 'record' })
  })

  it('without a stamp of the server take no part', async () => {
    const { server, run } = await bench()
    plant(server, 'old', { title: { stringValue: 'from before' } })
    plant(server, 'odd', { ...marks(1, 0), _changedAt: { stringValue: 'today' } })
    plant(server, 'new', marks(1, server.now()))
    expect((await run(null, 1)).changes.map(({ id }) => id)).toEqual(['new'])
  })
})
