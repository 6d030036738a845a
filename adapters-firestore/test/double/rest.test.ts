import type { Json, JsonObject } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { nameOf, wire } from './wire.ts'

const put = (path: string, fields: JsonObject, more: JsonObject = {}): JsonObject => ({
  update: { name: nameOf(path), fields },
  ...more,
})

/** A double and what its admin does. */
function admin() {
  const at = wire()
  const commit = (...writes: readonly JsonObject[]) => at.call('commit', { writes }, 'owner')
  const get = async (path: string): Promise<JsonObject> => {
    const { body } = await at.call('batchGet', { documents: [nameOf(path)] }, 'owner')
    const [found] = body as unknown as readonly JsonObject[]
    return (found?.['found'] ?? {}) as JsonObject
  }
  const query = async (structuredQuery: JsonObject, parent = ''): Promise<readonly string[]> => {
    const { body } = await at.call('runQuery', { structuredQuery }, 'owner', parent)
    const rows = body as unknown as readonly { readonly document?: { readonly name: string } }[]
    return rows.flatMap(({ document }) => (document ? [document.name.split('/').slice(-1).join()] : []))
  }
  return { ...at, commit, get, query }
}

const field = (fieldPath: string, direction = 'ASCENDING'): JsonObject => ({ field: { fieldPath }, direction })
const filter = (fieldPath: string, op: string, value: Json): JsonObject => ({
  fieldFilter: { field: { fieldPath }, op, value },
})
const number = (n: number): JsonObject => ({ integerValue: String(n) })
const from = [{ collectionId: 'c' }]

describe('calls', () => {
  it('that cannot be read are refused as the service does', async () => {
    const { call, double } = wire()
    expect(await call('commit', '{', 'owner')).toMatchObject({
      status: 400,
      body: { error: { status: 'INVALID_ARGUMENT' } },
    })
    expect(await call('commit', '[]', 'owner')).toMatchObject({ status: 400 })
    expect(await call('commit', { writes: 5 }, 'owner')).toMatchObject({ status: 400 })
    expect(await call('listen', {}, 'owner')).toMatchObject({
      status: 501,
      body: { error: { status: 'UNIMPLEMENTED' } },
    })
    expect((await double.fetch(new Request(`${double.origin}/v2/else`))).status).toBe(404)
  })

  it('with a body beyond 10 MiB are refused', async () => {
    const { call } = wire()
    expect(await call('commit', ' '.repeat(11_534_337), 'owner')).toMatchObject({ status: 400 })
  })

  it('from a page of another origin are allowed', async () => {
    const { double } = wire()
    const headers = { origin: 'https://app.test', 'access-control-request-method': 'POST' }
    const preflight = await double.fetch(new Request(`${double.origin}/v1/x`, { method: 'OPTIONS', headers }))
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.test'])
  })
})

describe('commits', () => {
  it('write all or none, at one time, which is later than any before', async () => {
    const { commit, get } = admin()
    const first = await commit(put('c/a', { n: number(1) }), put('c/b', {}))
    const second = await commit(put('c/a', { n: number(2) }))
    const times = [await get('c/a'), await get('c/b')].map(({ createTime, updateTime }) => [createTime, updateTime])
    expect(times).toEqual([
      [first.body['commitTime'], second.body['commitTime']],
      [first.body['commitTime'], first.body['commitTime']],
    ])
    expect(String(second.body['commitTime']) > String(first.body['commitTime'])).toBe(true)
    const failed = await commit(put('c/a', { n: number(3) }), put('c/x', {}, { currentDocument: { exists: true } }))
    expect(failed).toMatchObject({ status: 404, body: { error: { status: 'NOT_FOUND' } } })
    expect(await get('c/a')).toMatchObject({ fields: { n: number(2) } })
  })

  it('test preconditions, times by the instant', async () => {
    const { commit, get } = admin()
    await commit(put('c/a', {}))
    const { updateTime } = await get('c/a')
    const statuses = []
    for (const currentDocument of [
      { exists: false },
      { exists: true },
      { updateTime: String(updateTime) },
      { updateTime: '2020-01-01T00:00:00Z' },
    ])
      statuses.push((await commit(put('c/a', {}, { currentDocument }))).status)
    expect(statuses).toEqual([409, 200, 400, 400])
    const again = String((await get('c/a'))['updateTime']).replace('Z', '000Z')
    expect((await commit(put('c/a', {}, { currentDocument: { updateTime: again } }))).status).toBe(200)
  })

  it('are executed in order: a write meets what those before it left', async () => {
    const { commit, get } = admin()
    const [exists, missing] = [{ currentDocument: { exists: true } }, { currentDocument: { exists: false } }]
    const made = await commit(put('c/a', { n: number(1) }, missing), put('c/a', { n: number(2) }, exists))
    expect([made.status, (await get('c/a'))['fields']]).toEqual([200, { n: number(2) }])
    const anew = await commit({ delete: nameOf('c/a') }, put('c/a', { n: number(3) }, missing))
    expect([anew.status, (await get('c/a'))['fields']]).toEqual([200, { n: number(3) }])
    const twice = await commit(put('c/b', {}, missing), put('c/b', {}, missing))
    const gone = await commit({ delete: nameOf('c/a') }, put('c/a', {}, exists))
    expect([twice.status, gone.status]).toEqual([409, 404])
  })

  it('cut times to microseconds, wherever they stand', async () => {
    const { commit, get } = admin()
    const times = (at: string): JsonObject => {
      const one = { timestampValue: at }
      return { at: one, list: { arrayValue: { values: [one] } }, map: { mapValue: { fields: { at: one } } } }
    }
    for (const [sent, kept] of [
      ['2023-11-14T22:13:20.123456789Z', '2023-11-14T22:13:20.123456Z'],
      ['2023-11-14T23:13:20+01:00', '2023-11-14T22:13:20.000000Z'],
      ['1969-12-31T23:59:58.750000999Z', '1969-12-31T23:59:58.750000Z'],
    ] as const) {
      const updateTransforms = [{ fieldPath: 'added', appendMissingElements: { values: [{ timestampValue: sent }] } }]
      await commit(put('c/a', times(sent), { updateTransforms }))
      const added = { arrayValue: { values: [{ timestampValue: kept }] } }
      expect((await get('c/a'))['fields']).toEqual({ ...times(kept), added })
    }
  })

  it('change what the mask names', async () => {
    const { commit, get } = admin()
    const map = { mapValue: { fields: { x: number(1), 'y.z': number(2) } } }
    await commit(put('c/a', { kept: number(1), gone: number(2), map }))
    const updateMask = { fieldPaths: ['gone', 'map.`y.z`', '`a\\`b`'] }
    await commit(put('c/a', { 'a`b': number(3), map: { mapValue: { fields: { 'y.z': number(9) } } } }, { updateMask }))
    expect((await get('c/a'))['fields']).toEqual({
      kept: number(1),
      map: { mapValue: { fields: { x: number(1), 'y.z': number(9) } } },
      'a`b': number(3),
    })
  })

  it('transform at the server', async () => {
    const { commit, get } = admin()
    const values = (...texts: readonly string[]): JsonObject => ({
      values: texts.map((stringValue) => ({ stringValue })),
    })
    await commit(
      put('c/a', {
        n: number(1),
        d: number(1),
        list: { arrayValue: values('a', 'b') },
        cut: { arrayValue: values('a', 'b', 'a') },
      }),
    )
    const updateTransforms = [
      { fieldPath: 'n', increment: number(2) },
      { fieldPath: 'd', increment: { doubleValue: 0.5 } },
      { fieldPath: 'fresh', increment: number(5) },
      { fieldPath: 'list', appendMissingElements: values('b', 'c', 'c') },
      { fieldPath: 'cut', removeAllFromArray: values('a') },
      { fieldPath: 'at', setToServerValue: 'REQUEST_TIME' },
    ]
    const { body } = await commit(put('c/a', {}, { updateMask: { fieldPaths: [] }, updateTransforms }))
    const at = { timestampValue: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z$/) }
    const [n, d, fresh] = [number(3), { doubleValue: 1.5 }, number(5)]
    // What a list became is not told.
    const none = { nullValue: null }
    expect(body['writeResults']).toMatchObject([{ transformResults: [n, d, fresh, none, none, at] }])
    const [list, cut] = [{ arrayValue: values('a', 'b', 'c') }, { arrayValue: values('b') }]
    expect((await get('c/a'))['fields']).toMatchObject({ n, d, fresh, list, cut, at })
  })

  it('refuse what a document cannot hold', async () => {
    const deep = (levels: number): JsonObject =>
      levels === 0 ? number(1) : { mapValue: { fields: { a: deep(levels - 1) } } }
    const list = (...values: readonly Json[]): JsonObject => ({ arrayValue: { values } })
    const { commit } = admin()
    const status = async (fields: JsonObject): Promise<number> => (await commit(put('c/a', fields))).status
    expect(await status({ a: deep(20), b: list(deep(19)) })).toBe(200)
    expect(await status({ a: deep(21) })).toBe(400)
    expect(await status({ a: list(list()) })).toBe(400)
    expect(await status({ a: { mapValue: { fields: { b: list(list()) } } } })).toBe(400)
    for (const name of ['', '__a__', 'x'.repeat(1501)]) expect(await status({ [name]: number(1) }), name).toBe(400)
    expect(await status({ a: { stringValue: '\ud800' } })).toBe(400)
    expect(await status({ a: { stringValue: 'x'.repeat(1_048_522) } })).toBe(400)
    expect(await status({ a: { stringValue: 'x'.repeat(1_048_521) } })).toBe(200)
  })

  it('refuse names that no document has, and more than 500 writes', async () => {
    const { commit } = admin()
    for (const id of ['.', '..', '__a__', '', 'x'.repeat(1501)])
      expect((await commit(put(`c/${id}`, {}))).status, id).toBe(400)
    expect((await commit(put('c', {}))).status).toBe(400)
    expect((await commit({ update: { name: 'documents/c/a' } })).status).toBe(400)
    const many = (count: number): readonly JsonObject[] => Array.from({ length: count }, (_, n) => put(`c/${n}`, {}))
    expect((await commit(...many(500))).status).toBe(200)
    expect((await commit(...many(501))).status).toBe(400)
  })
})

describe('queries', () => {
  async function filled() {
    const at = admin()
    const values: { readonly [id: string]: JsonObject } = {
      a: number(1),
      b: { doubleValue: 1.5 },
      c: number(2),
      d: { stringValue: 'Z' },
      e: { stringValue: 'a' },
      f: { stringValue: '\ud83d\ude00' },
      g: { stringValue: '\uffff' },
      h: { timestampValue: '2026-01-01T00:00:00.5Z' },
      i: { nullValue: null },
      j: { booleanValue: true },
      k: { arrayValue: { values: [number(1)] } },
      l: { doubleValue: 'NaN' },
      m: { mapValue: { fields: { x: number(1) } } },
    }
    await at.commit(...Object.entries(values).map(([id, n]) => put(`c/${id}`, { n })), put('c/z', { other: number(1) }))
    await at.commit(put('c/a/c/below', { n: number(1) }))
    return at
  }

  it('order by type and value, text by bytes; a field that is missing leaves the document out', async () => {
    const { query } = await filled()
    const order = 'i,j,l,a,b,c,h,d,e,g,f,k,m'
    expect((await query({ from, orderBy: [field('n')] })).join()).toBe(order)
    expect((await query({ from, orderBy: [field('n', 'DESCENDING')] })).join()).toBe(order.split(',').reverse().join())
    expect((await query({ from })).join()).toBe('a,b,c,d,e,f,g,h,i,j,k,l,m,z')
  })

  it('compare within one type', async () => {
    const { query } = await filled()
    const find = async (op: string, value: Json): Promise<string> =>
      (await query({ from, where: filter('n', op, value) })).join()
    expect(await find('EQUAL', { doubleValue: 2 })).toBe('c')
    expect(await find('GREATER_THAN', number(1))).toBe('b,c')
    expect(await find('GREATER_THAN_OR_EQUAL', { stringValue: 'a' })).toBe('e,f,g')
    expect(await find('LESS_THAN', { stringValue: 'a' })).toBe('d')
    expect(await find('LESS_THAN_OR_EQUAL', { doubleValue: 1.5 })).toBe('a,b,l')
    expect(await find('IN', { arrayValue: { values: [number(1), { stringValue: 'Z' }] } })).toBe('a,d')
    expect(await find('ARRAY_CONTAINS', number(1))).toBe('k')
    expect(await find('NOT_EQUAL', number(1))).toBe('b,c,d,e,f,g,h,j,k,l,m')
  })

  it('join filters', async () => {
    const { query } = await filled()
    const filters = [filter('n', 'GREATER_THAN', number(1)), filter('n', 'LESS_THAN', number(2))]
    expect(await query({ from, where: { compositeFilter: { op: 'AND', filters } } })).toEqual(['b'])
    expect(await query({ from, where: { compositeFilter: { op: 'OR', filters } } })).toEqual(['a', 'b', 'c', 'l'])
  })

  it('begin and end at cursors, which may have fewer values than the order has fields', async () => {
    const { commit, query } = admin()
    const rows = ['a', 'b', 'c', 'd'].map((id, n) => put(`c/${id}`, { n: number(Math.floor(n / 2)) }))
    await commit(...rows)
    const orderBy = [field('n'), field('__name__')]
    const reference = (id: string): JsonObject => ({ referenceValue: nameOf(`c/${id}`) })
    expect(await query({ from, orderBy, startAt: { values: [number(0)], before: false } })).toEqual(['c', 'd'])
    expect(await query({ from, orderBy, startAt: { values: [number(0)], before: true } })).toHaveLength(4)
    expect(await query({ from, orderBy, startAt: { values: [number(0), reference('a')] } })).toEqual(['b', 'c', 'd'])
    expect(await query({ from, orderBy, endAt: { values: [number(0), reference('b')], before: true } })).toEqual(['a'])
    expect(await query({ from, orderBy, endAt: { values: [number(0)] } })).toEqual(['a', 'b'])
    expect(await query({ from, orderBy, limit: 2, offset: 1 })).toEqual(['b', 'c'])
    expect(await query({ from, orderBy, limit: { value: 1 } })).toEqual(['a'])
  })

  it('look below a document', async () => {
    const { query } = await filled()
    expect(await query({ from }, '/c/a')).toEqual(['below'])
  })

  it('that it does not know are refused, not guessed', async () => {
    const { call } = await filled()
    const refused: readonly JsonObject[] = [
      { from, where: filter('n', 'ARRAY_CONTAINS_ANY', { arrayValue: {} }) },
      { from: [{ collectionId: 'c', allDescendants: true }] },
      { from: [] },
      { from, where: { unaryFilter: {} } },
    ]
    for (const structuredQuery of refused)
      expect((await call('runQuery', { structuredQuery }, 'owner')).status).toBeGreaterThanOrEqual(400)
  })

  it('are billed by the documents they return, and at least once', async () => {
    const { double, query } = await filled()
    const before = double.reads()
    await query({ from, where: filter('n', 'EQUAL', number(77)) })
    await query({ from, limit: 5 })
    expect(double.reads() - before).toBe(6)
  })
})

describe('transactions', () => {
  const begin = async ({ call }: ReturnType<typeof admin>): Promise<string> =>
    String((await call('beginTransaction', {}, 'owner')).body['transaction'])

  it('fail where what they read has changed, and only there', async () => {
    const at = admin()
    await at.commit(put('c/a', {}), put('c/b', {}))
    for (const [changed, status] of [
      ['c/a', 409],
      ['c/b', 200],
    ] as const) {
      const transaction = await begin(at)
      await at.call('batchGet', { documents: [nameOf('c/a')], transaction }, 'owner')
      await at.commit(put(changed, {}))
      const ended = await at.call('commit', { transaction, writes: [put('c/x', {})] }, 'owner')
      expect(ended.status, changed).toBe(status)
    }
  })

  it('begin with a read, and end once', async () => {
    const at = admin()
    const { body } = await at.call('batchGet', { documents: [nameOf('c/a')], newTransaction: {} }, 'owner')
    const [{ transaction } = {}] = body as unknown as readonly JsonObject[]
    expect((await at.call('rollback', { transaction: transaction ?? null }, 'owner')).status).toBe(200)
    expect((await at.call('commit', { transaction: transaction ?? null, writes: [] }, 'owner')).status).toBe(400)
  })
})
