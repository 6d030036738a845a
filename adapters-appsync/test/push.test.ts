import { isSyncError } from '@rowkeep/kernel'
import { afterEach, describe, expect, it } from 'vitest'
import { context, creation, operation, pushed, run, type Scene, scene } from './support/scene.ts'

const scenes: Scene[] = []
const open = (...options: Parameters<typeof scene>): Scene => {
  const one = scene(...options)
  scenes.push(one)
  return one
}
afterEach(async () => {
  for (const one of scenes.splice(0)) await one.close()
})

const update = operation({ kind: 'update', expected: '1', change: { set: { title: 'mine' } } })
const titleOf = async ({ double }: Scene): Promise<unknown> => (await double.rows('notes'))[0]?.['title']
const mutations = ({ network }: Scene): readonly string[] =>
  network.sent.flatMap(({ query }) => /^mutation (\w+)/.exec(query)?.[1] ?? [])

describe('what the client sends several times', () => {
  it('has one effect: an append whose first two answers are lost [F46]', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one', tags: ['a'] })
    let lost = 0
    one.network.way = async (_, serve) => {
      const response = await serve()
      if (lost >= 2 || !one.network.sent.at(-1)?.query.startsWith('mutation')) return response
      lost += 1
      throw new TypeError('fetch failed')
    }
    const verdict = await pushed(one.adapter, operation({ kind: 'update', change: { append: { tags: ['b'] } } }))
    expect(mutations(one)).toEqual(['UpdateNote', 'UpdateNote', 'UpdateNote'])
    expect(verdict).toMatchObject({ kind: 'applied', row: { revision: '2', record: { tags: ['a', 'b'] } } })
  })

  it('is not called refused on the word of the last answer: the effect may be that of the first', async () => {
    const one = open()
    one.network.way = async (_, serve) => {
      await serve()
      return Response.json({}, { status: 429 })
    }
    const call = one.adapter.push({ operations: [creation({ id: 'n1', title: 'mine' })], atomic: false }, context())
    await expect(call).rejects.toSatisfy((error) => isSyncError(error, 'SYNC_RATE_LIMITED'))
    expect(await titleOf(one)).toBe('mine')
  })

  it('is surely without effect where the same bytes can only be refused again', async () => {
    const one = open()
    const answers = [400, 413]
    one.network.way = async () => Response.json({}, { status: answers.shift() ?? 500 })
    const create = creation({ id: 'n1', title: 'mine' })
    expect(await pushed(one.adapter, create)).toMatchObject({
      kind: 'retry',
      outcome: 'unapplied',
      error: { code: 'SYNC_PROTOCOL' },
    })
    expect(await pushed(one.adapter, create)).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } })
    expect(one.network.sent).toHaveLength(2)
  })
})

describe('a marker', () => {
  it.each([true, false])(
    'is read in the row of a conflict, or in the row itself (rows in conflicts: %s)',
    async (conflictData) => {
      const one = open({ conflictData })
      await one.double.write('notes', { id: 'n1', title: 'one' })
      await pushed(one.adapter, update)
      await one.double.write('notes', { id: 'n1', title: 'theirs' })
      const verdict = await pushed(one.device(), { ...update, resend: true })
      expect(verdict).toMatchObject({ kind: 'applied', row: { revision: '3', record: { title: 'theirs' } } })
      expect(await titleOf(one)).toBe('theirs')
    },
  )

  it('is found over eight later writes, and over no more', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await pushed(one.adapter, update)
    for (let version = 2; version < 11; version += 1) {
      const last = await pushed(one.device(), { ...update, resend: true })
      expect(last).toMatchObject({ kind: 'applied', row: { revision: String(version) } })
      await pushed(
        one.adapter,
        operation({ kind: 'update', expected: String(version), change: { set: { n: version } } }),
      )
    }
    expect(await pushed(one.device(), { ...update, resend: true })).toMatchObject({ kind: 'conflict' })
  })

  it('survives a write by a device that knows its version, but has not seen it', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await run(one.adapter)
    await pushed(one.device(), update)
    await pushed(one.adapter, operation({ kind: 'update', expected: '2', change: { set: { n: 1 } } }))
    expect(await pushed(one.device(), { ...update, resend: true })).toMatchObject({
      kind: 'applied',
      row: { revision: '3' },
    })
  })

  it('of a create is found in the tombstone that the row has become', async () => {
    const one = open()
    const create = creation({ id: 'n1', title: 'mine' })
    await pushed(one.adapter, create)
    await one.double.remove('notes', 'n1')
    expect(await pushed(one.adapter, { ...create, resend: true })).toMatchObject({
      kind: 'applied',
      row: { kind: 'tombstone' },
    })
    expect(await one.double.rows('notes')).toEqual([])
  })
})

describe('a read that lags behind', () => {
  const lagging = async (one: Scene, old: () => Promise<Response>): Promise<void> => {
    const stale = await old()
    one.network.way = async (_, serve) => (one.network.sent.at(-1)?.query.startsWith('query') ? stale.clone() : serve())
  }
  const get = { query: '{ getNote(id: "n1") { id title done n tags _version _deleted _lastChangedAt _m } }' }
  const reading =
    ({ double }: Scene) =>
    (): Promise<Response> =>
      double.fetch(
        new Request(`${double.origin}/graphql`, {
          method: 'POST',
          body: JSON.stringify(get),
          headers: { authorization: 'token-of-ada' },
        }),
      )

  it('is no word on an update that its own first try may have made stale', async () => {
    const one = open({ conflictData: false })
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await run(one.adapter)
    const old = reading(one)
    await lagging(one, old)
    await pushed(one.adapter, update)
    const again = { ...update, resend: true }
    expect(await pushed(one.device(), again)).toMatchObject({ kind: 'retry', outcome: 'unknown' })
    one.network.way = (_, serve) => serve()
    expect(await pushed(one.device(), again)).toMatchObject({ kind: 'applied', row: { revision: '2' } })
  })

  it('is not taken for a conflict where the device has seen a newer version', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await lagging(one, reading(one))
    await one.double.write('notes', { id: 'n1', title: 'two' })
    const late = operation({ kind: 'update', expected: '2', change: { set: { title: 'mine' } } })
    expect(await pushed(one.adapter, late)).toMatchObject({ kind: 'retry', outcome: 'unknown' })
    one.network.way = (_, serve) => serve()
    expect(await pushed(one.adapter, late)).toMatchObject({ kind: 'applied', row: { revision: '3' } })
  })

  it('is no word on a create, either', async () => {
    const one = open({ conflictData: false })
    await lagging(one, reading(one))
    const create = creation({ id: 'n1', title: 'mine' })
    expect(await pushed(one.adapter, create)).toMatchObject({ kind: 'applied' })
    expect(await pushed(one.adapter, { ...create, resend: true })).toMatchObject({ kind: 'retry', outcome: 'unknown' })
  })
})

describe('an update', () => {
  it('for a version that a pull has shown is one request', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await run(one.adapter)
    one.network.sent.length = 0
    await pushed(one.adapter, update)
    expect(one.network.sent).toHaveLength(1)
  })

  it('of a row that is not there is not visible; of another user it is forbidden', async () => {
    const one = open()
    expect(await pushed(one.adapter, update)).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } })
    await one.double.write('notes', { id: 'n1', title: 'one' })
    const bob = one.device({ session: () => ({ user: 'bob', token: 'token-of-bob' }) })
    const [verdict] = await bob.push({ operations: [update], atomic: false }, context({ user: 'bob' }))
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } })
    expect(await titleOf(one)).toBe('one')
  })

  it('that the rules forbid is rejected with SYNC_FORBIDDEN, and so is a delete', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await one.double.forbid('notes', 'n1')
    for (const kind of ['update', 'delete'] as const)
      expect(await pushed(one.adapter, operation({ kind, expected: '1' }))).toMatchObject({
        kind: 'rejected',
        error: { code: 'SYNC_FORBIDDEN', details: { errorType: 'Unauthorized' } },
      })
  })

  it('without an expected version is made on the newest, also where somebody writes in between', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one', n: 1 })
    let meddled = false
    one.network.way = async (_, serve) => {
      if (!meddled && one.network.sent.at(-1)?.query.startsWith('mutation')) {
        meddled = true
        await one.double.write('notes', { id: 'n1', title: 'one', n: 10 })
      }
      return serve()
    }
    const verdict = await pushed(one.adapter, operation({ kind: 'update', change: { increment: { n: 5 } } }))
    expect(verdict).toMatchObject({ kind: 'applied', row: { revision: '3', record: { n: 15 } } })
  })

  it('of a field that the model does not have is refused before anything is sent', async () => {
    const one = open()
    const verdict = await pushed(
      one.adapter,
      operation({ kind: 'update', expected: '1', change: { set: { colour: 'red' } } }),
    )
    const message = expect.stringContaining('no field "colour": add it to models.notes.fields')
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED', message } })
    expect(one.network.sent).toEqual([])
  })

  it('that the schema does not take is rejected for good', async () => {
    const one = open()
    const verdict = await pushed(one.adapter, creation({ id: 'n1', title: 5 }))
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_REJECTED' } })
  })
})

describe('a create over a deleted row', () => {
  const again = creation({ id: 'n1', title: 'second life' })

  it.each([true, false])(
    'brings it back without what the first life left (rows in conflicts: %s)',
    async (conflictData) => {
      const one = open({ conflictData })
      await one.double.write('notes', { id: 'n1', title: 'first life', n: 5, tags: ['a'] })
      await one.double.remove('notes', 'n1')
      expect(await pushed(one.adapter, again)).toMatchObject({
        kind: 'applied',
        row: { kind: 'record', revision: '3' },
      })
      expect(await one.double.rows('notes')).toEqual([{ id: 'n1', title: 'second life' }])
    },
  )

  it('is rejected where the API leaves deleted rows deleted', async () => {
    const one = open({ revives: false })
    await one.double.write('notes', { id: 'n1', title: 'first life' })
    await one.double.remove('notes', 'n1')
    const verdict = await pushed(one.adapter, again)
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_REJECTED' }, row: { kind: 'tombstone' } })
    expect(await one.double.rows('notes')).toEqual([])
  })

  it("is rejected with SYNC_ID_TAKEN where the row is another user's", async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'of ada' })
    const bob = one.device({ session: () => ({ user: 'bob', token: 'token-of-bob' }) })
    const [verdict] = await bob.push({ operations: [again], atomic: false }, context({ user: 'bob' }))
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } })
  })
})

describe('a delete', () => {
  const gone = operation({ kind: 'delete', expected: '1' })

  it('of a row that somebody else deleted is applied', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await one.double.remove('notes', 'n1')
    expect(await pushed(one.adapter, gone)).toMatchObject({
      kind: 'applied',
      row: { kind: 'tombstone', revision: '2' },
    })
  })

  it('of a deleted row is applied, also where the API does not delete twice', async () => {
    const one = open()
    const row = { id: 'n1', title: 'one', _version: 1, _deleted: true, _lastChangedAt: 1, _m: null }
    const errorType = 'DynamoDB:ConditionalCheckFailedException'
    one.network.way = async () =>
      Response.json({
        data: { deleteNote: null },
        errors: [{ errorType, message: 'x', data: row, path: ['deleteNote'] }],
      })
    expect(await pushed(one.adapter, gone)).toMatchObject({
      kind: 'applied',
      row: { kind: 'tombstone', revision: '1' },
    })
  })

  it('of a row of which nothing is left is applied', async () => {
    expect(await pushed(open().adapter, gone)).toEqual({ kind: 'applied' })
  })

  it('that is sent again does not touch a row that came back meanwhile', async () => {
    const one = open()
    await one.double.write('notes', { id: 'n1', title: 'one' })
    await pushed(one.adapter, gone)
    await one.double.write('notes', { id: 'n1', title: 'back' })
    for (const expected of ['1', null])
      expect(await pushed(one.adapter, { ...gone, expected, resend: true })).toMatchObject({ kind: 'conflict' })
    expect(await titleOf(one)).toBe('back')
  })
})

describe('a condition', () => {
  it.each([true, false])('that is false is told with the row (rows in conflicts: %s)', async (conflictData) => {
    const one = open({ conflictData })
    await one.double.write('notes', { id: 'n1', title: 'one', done: true })
    const condition = { field: 'done', is: 'eq', value: false } as const
    expect(await pushed(one.adapter, { ...update, condition })).toMatchObject({
      kind: 'rejected',
      error: { code: 'SYNC_CONDITION_FAILED' },
      row: { record: { title: 'one' } },
    })
  })

  it('that AppSync cannot test in the meaning of the matcher is rejected, and nothing is sent', async () => {
    const one = open()
    for (const condition of [
      { field: 'title', is: 'gt', value: '\u{1f600}' },
      { field: 'title', is: 'eq', value: 'a', ignoreCase: true },
      { field: 'title', is: 'matches', value: 'a' },
      { field: 'colour', is: 'eq', value: 'red' },
    ] as const)
      expect(await pushed(one.adapter, { ...update, condition })).toMatchObject({ error: { code: 'SYNC_UNSUPPORTED' } })
    expect(one.network.sent).toEqual([])
  })
})

it('an atomic request of several is refused, of one it is not', async () => {
  const one = open()
  const rows = ['n1', 'n2'].map((id) => creation({ id, title: id }))
  const verdicts = await one.adapter.push({ operations: rows, atomic: true }, context())
  expect(verdicts).toMatchObject([{ error: { code: 'SYNC_UNSUPPORTED' } }, { error: { code: 'SYNC_UNSUPPORTED' } }])
  expect(await one.adapter.push({ operations: rows.slice(0, 1), atomic: true }, context())).toMatchObject([
    { kind: 'applied' },
  ])
})
