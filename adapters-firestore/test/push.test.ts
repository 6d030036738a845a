import type { JsonObject, PushOperation, PushVerdict } from '@rowkeep/kernel'
import { describe, expect, it } from 'vitest'
import { type Bench, bench, contextOf, creation, marks, operation, plant } from './bench.ts'
import type { Served } from './served.ts'

const push = ({ ada }: Bench, operations: readonly PushOperation[], atomic = false): Promise<readonly PushVerdict[]> =>
  ada.push({ operations, atomic }, contextOf())

const kindsOf = (verdicts: readonly PushVerdict[]): readonly string[] =>
  verdicts.map((one) => ('error' in one ? one.error.code : one.kind))

/** One write alone is the question whether the rules stand. */
const isProof = ({ body }: Served['calls'][number]): boolean => [body['writes'] ?? []].flat().length === 1

const verbsOf = ({ served }: Bench): readonly string[] =>
  served.calls.filter((call) => !isProof(call)).map(({ verb }) => verb)

const numbered = (count: number): readonly (JsonObject & { readonly id: string })[] =>
  Array.from({ length: count }, (_, n) => ({ id: `n${n}`, title: `note ${n}` }))

const titlesOf = async ({ double }: Bench): Promise<JsonObject> =>
  Object.fromEntries((await double.rows('notes')).map(({ id, title }) => [id, title ?? null]))

describe('requests of a push', () => {
  it('are one commit for as many operations as it takes at most: each its record and its mark [F89]', async () => {
    const at = await bench()
    const operations = numbered(at.ada.capabilities.limits.operations).map((row) => creation(row))
    expect(kindsOf(await push(at, operations))).toEqual(operations.map(() => 'applied'))
    expect(verbsOf(at)).toEqual(['commit'])
    const writes = at.served.calls[0]?.body['writes'] as JsonObject[]
    expect(writes).toHaveLength(500)
    expect(writes.slice(0, 2)).toMatchObject([
      {
        update: {
          name: 'projects/demo-rowkeep/databases/(default)/documents/users/ada/notes/n0',
          fields: { _rev: { integerValue: '1' }, _deleted: { booleanValue: false }, title: { stringValue: 'note 0' } },
        },
        updateTransforms: [{ fieldPath: '_changedAt', setToServerValue: 'REQUEST_TIME' }],
      },
      {
        update: {
          name: `projects/demo-rowkeep/databases/(default)/documents/users/ada/mutations/${operations[0]?.opId}`,
          fields: { digest: { stringValue: expect.stringMatching(/^[0-9a-f]{28}$/) } },
        },
        updateTransforms: [{ fieldPath: 'at', setToServerValue: 'REQUEST_TIME' }],
      },
    ])
  })

  it('name the fields that change, and no others', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', title: 'old', kept: 1, gone: 2 })
    const set = { title: 'new', 'a.b': 1 }
    const record = { id: 'n1', kept: 1, ...set }
    const one = operation('update', 'n1', { expected: '1', change: { set, unset: ['gone'] }, record })
    expect(await push(at, [one])).toEqual([
      { kind: 'applied', row: { kind: 'record', collection: 'notes', id: 'n1', revision: '2', record } },
    ])
    const fieldPaths = ['_deleted', '_rev', '`a.b`', 'gone', 'title']
    expect(at.served.calls[0]?.body['writes']).toMatchObject([
      { updateMask: { fieldPaths }, currentDocument: { exists: true } },
      {},
    ])
    expect(await at.double.rows('notes')).toEqual([record])
  })

  it('set a field that is set and unset in one change', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', a: 1, b: 1 })
    const change = { set: { a: 2 }, unset: ['a', 'b'] }
    const one = operation('update', 'n1', { expected: '1', change, record: { id: 'n1', a: 2 } })
    expect(kindsOf(await push(at, [one]))).toEqual(['applied'])
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1', a: 2 }])
  })

  it('show nulls as nulls, by whatever word the SDK sends them', async () => {
    const at = await bench()
    await push(at, [creation({ id: 'n1', title: null, list: [null, { deep: null }] })])
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1', title: null, list: [null, { deep: null }] }])
  })

  it('leave a tombstone that holds nothing of the record', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', title: 'secret' })
    await push(at, [operation('delete', 'n1', { expected: '1' })])
    const [row] = at.server.list('users/ada/notes')
    expect(Object.keys((row?.fields?.['fields'] ?? {}) as JsonObject).sort()).toEqual([
      '_changedAt',
      '_deleted',
      '_rev',
    ])
  })

  it('look first where the outcome hangs on what stands there, in one commit with the others', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', n: 1, tags: ['a'] })
    const relative = operation('update', 'n1', { change: { increment: { n: 2 }, append: { tags: ['a', ['b']] } } })
    expect(kindsOf(await push(at, [creation({ id: 'n2' }), relative]))).toEqual(['applied', 'applied'])
    expect(verbsOf(at)).toEqual(['runQuery', 'runQuery', 'commit'])
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1', n: 3, tags: ['a', 'a', ['b']] }, { id: 'n2' }])
  })
})

describe('a refused commit', () => {
  it('is looked at, and what can still apply goes again at once', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', title: 'here first' })
    const verdicts = await push(
      at,
      numbered(40).map((row) => creation(row)),
    )
    expect(kindsOf(verdicts)).toEqual(numbered(40).map(({ id }) => (id === 'n1' ? 'conflict' : 'applied')))
    // 40 marks and 40 records, 30 to a query.
    expect([...verbsOf(at)].sort()).toEqual(['commit', 'commit', 'runQuery', 'runQuery', 'runQuery', 'runQuery'])
    expect(await titlesOf(at)).toMatchObject({ n0: 'note 0', n1: 'here first', n39: 'note 39' })
  })

  it('of many with a forbidden one is halved until that one stands alone', async () => {
    const at = await bench()
    await at.double.forbid('notes', 'n37')
    const verdicts = await push(
      at,
      numbered(64).map((row) => creation(row)),
    )
    const wanted = numbered(64).map(({ id }) => (id === 'n37' ? 'SYNC_FORBIDDEN' : 'applied'))
    expect(kindsOf(verdicts)).toEqual(wanted)
    expect(verbsOf(at).filter((verb) => verb === 'commit')).toHaveLength(13)
  })

  it('that nothing there explains, and no rule, is rejected with the reason of the service [F86]', async () => {
    const at = await bench()
    // A list directly in a list cannot come from here; what the service refuses for reasons of its own it says by 400.
    at.served.fault = ({ verb }) =>
      verb === 'commit' ? Response.json({ error: { message: 'too many index entries' } }, { status: 400 }) : undefined
    expect(await push(at, [creation({ id: 'n1' })])).toMatchObject([
      {
        kind: 'rejected',
        error: { code: 'SYNC_REJECTED', message: expect.stringContaining('too many index entries') },
      },
    ])
  })

  it('for contention is left to be tried again', async () => {
    const at = await bench()
    at.served.fault = ({ verb }) =>
      verb === 'commit' ? Response.json({ error: { message: 'Too much contention' } }, { status: 409 }) : undefined
    expect(await push(at, [creation({ id: 'n1' })])).toMatchObject([{ kind: 'retry', outcome: 'unapplied' }])
    expect(
      await push(
        at,
        numbered(2).map((row) => creation(row)),
        true,
      ),
    ).toMatchObject([
      { kind: 'retry', outcome: 'unapplied' },
      { kind: 'retry', outcome: 'unapplied' },
    ])
  })

  it('leaves the outcome unknown where what stands there cannot be read', async () => {
    for (const status of [401, 403, 429, 503]) {
      const at = await bench()
      await at.double.write('notes', { id: 'n1' })
      at.served.fault = ({ verb }) => (verb === 'runQuery' ? Response.json({}, { status }) : undefined)
      await expect(push(at, [creation({ id: 'n1' })]), String(status)).rejects.toMatchObject({ name: 'SyncError' })
    }
  })

  it('tells of the user where another has signed in meanwhile', async () => {
    let user = 'ada'
    const at = await bench({ user: () => user })
    await at.double.forbid('notes', 'n1')
    at.served.fault = () => {
      user = 'bob'
      return undefined
    }
    await expect(push(at, [creation({ id: 'n1' })])).rejects.toMatchObject({ code: 'SYNC_USER_MISMATCH' })
  })
})

describe('a request that failed before anybody looked at it', () => {
  it.each([
    [401, 'SYNC_AUTH_REQUIRED'],
    [429, 'SYNC_RATE_LIMITED'],
  ])('with %i leaves every operation unapplied', async (status, code) => {
    const at = await bench()
    at.served.fault = () => Response.json({}, { status })
    const relative = operation('update', 'n1', { change: { increment: { n: 1 } } })
    for (const operations of [[creation({ id: 'n1' })], [relative], [creation({ id: 'n1' }), relative]])
      expect(await push(at, operations)).toMatchObject(
        operations.map(() => ({ kind: 'retry', outcome: 'unapplied', error: { code } })),
      )
  })

  it('for nobody, or somebody else, sends nothing', async () => {
    let user: string | undefined
    const at = await bench({ user: async () => user })
    expect(kindsOf(await push(at, [creation({ id: 'n1' })]))).toEqual(['SYNC_AUTH_REQUIRED'])
    user = 'bob'
    expect(kindsOf(await push(at, [creation({ id: 'n1' })]))).toEqual(['SYNC_USER_MISMATCH'])
    expect(at.served.calls).toEqual([])
  })

  it('because user() throws says so without its text', async () => {
    const user = (): never => {
      throw new TypeError('token abc')
    }
    const at = await bench({ user })
    const [verdict] = await push(at, [creation({ id: 'n1' })])
    expect(verdict).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_AUTH_REQUIRED' } })
    expect(JSON.stringify(verdict)).not.toContain('abc')
  })
})

describe('an atomic request', () => {
  it('with an operation that is forbidden is rejected whole: which one it was cannot be told', async () => {
    const at = await bench()
    await at.double.forbid('notes', 'n1')
    const verdicts = await push(
      at,
      numbered(3).map((row) => creation(row)),
      true,
    )
    expect(verdicts).toMatchObject(
      verdicts.map(() => ({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN', details: { group: true } } })),
    )
    expect(await at.double.rows('notes')).toEqual([])
  })

  it('of one forbidden operation names it', async () => {
    const at = await bench()
    await at.double.forbid('notes', 'n0')
    const [verdict] = await push(
      at,
      numbered(1).map((row) => creation(row)),
      true,
    )
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } })
    expect(verdict).not.toHaveProperty('error.details.group')
  })

  it('creates over a tombstone', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1' })
    await at.double.remove('notes', 'n1')
    const verdicts = await push(
      at,
      numbered(3).map((row) => creation(row)),
      true,
    )
    expect(kindsOf(verdicts)).toEqual(['applied', 'applied', 'applied'])
    expect(verdicts[1]).toMatchObject({ row: { revision: '3' } })
  })

  it('with an operation that can never be sent sends nothing', async () => {
    const at = await bench()
    const torn = creation({ id: 'n1', title: '\ud800' })
    const verdicts = await push(at, [creation({ id: 'n0' }), torn], true)
    expect(kindsOf(verdicts)).toEqual(['SYNC_GROUP_ABORTED', 'SYNC_REJECTED'])
    expect(at.served.calls).toEqual([])
  })

  it('with a condition that is false aborts the others', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', done: true })
    const conditional = operation('update', 'n1', {
      expected: '1',
      change: { set: { done: false } },
      record: { id: 'n1', done: false },
      condition: { field: 'done', is: 'eq', value: false },
    })
    expect(kindsOf(await push(at, [creation({ id: 'n0' }), conditional], true))).toEqual([
      'SYNC_GROUP_ABORTED',
      'SYNC_CONDITION_FAILED',
    ])
    expect(await titlesOf(at)).toEqual({ n1: null })
  })
})

describe('an operation whose record moves between look and write', () => {
  const bump = operation('update', 'n1', { change: { increment: { n: 1 } } })

  it('is planned anew', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', n: 1 })
    let moves = 3
    at.served.fault = ({ verb }) => {
      if (verb === 'commit' && moves-- > 0) void at.double.write('notes', { id: 'n1', n: 100 })
      return undefined
    }
    expect(kindsOf(await push(at, [bump]))).toEqual(['applied'])
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1', n: 101 }])
  })

  it('is left for later where that goes on', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', n: 1 })
    at.served.fault = ({ verb }) => {
      if (verb === 'commit') void at.double.write('notes', { id: 'n1', n: 100 })
      return undefined
    }
    expect(await push(at, [bump])).toMatchObject([
      { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_RATE_LIMITED' } },
    ])
    expect(await at.double.rows('notes')).toEqual([{ id: 'n1', n: 100 }])
  })
})

describe('verdicts', () => {
  const update = (id: string, expected: string | null): PushOperation =>
    operation('update', id, { expected, change: { set: { title: 'mine' } }, record: { id, title: 'mine' } })

  it('on what is not there, or was never seen, are SYNC_NOT_VISIBLE', async () => {
    const at = await bench()
    expect(kindsOf(await push(at, [update('n1', '4'), operation('delete', 'n2', { expected: '1' })]))).toEqual([
      'SYNC_NOT_VISIBLE',
      'SYNC_NOT_VISIBLE',
    ])
  })

  it('on what was deleted carry the tombstone', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1' })
    await at.double.remove('notes', 'n1')
    const tombstone = { kind: 'tombstone', collection: 'notes', id: 'n1', revision: '2' }
    for (const expected of ['1', null])
      expect(await push(at, [update('n1', expected)])).toEqual([{ kind: 'conflict', row: tombstone }])
  })

  it('on a revision that this adapter never gave are conflicts', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1' })
    for (const expected of ['', '01', '0', '1e0', '99999999999999999999', '2026-11-20'])
      expect(kindsOf(await push(at, [update('n1', expected)])), expected).toEqual(['conflict'])
  })

  it('on a resend whose record an admin took away are applied, without a row', async () => {
    const at = await bench()
    const one = creation({ id: 'n1' })
    await push(at, [one])
    await at.double.purge('notes', 'n1')
    expect(await push(at, [{ ...one, resend: true }])).toEqual([{ kind: 'applied' }])
    expect(await at.double.rows('notes')).toEqual([])
  })

  it('on a field of the wrong type are rejections that name it', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', n: 'one', tags: 5 })
    for (const change of [{ increment: { n: 1 } }, { append: { tags: ['a'] } }])
      expect(await push(at, [operation('update', 'n1', { change })])).toMatchObject([
        { kind: 'rejected', error: { code: 'SYNC_REJECTED', message: expect.stringMatching(/"(n|tags)" is no/) } },
      ])
  })

  it('on a document that cannot be read are rejections, not overwrites', async () => {
    const at = await bench()
    plant(at.server, 'n1', { ...marks(1, at.server.now()), n: { doubleValue: 'Infinity' } })
    expect(kindsOf(await push(at, [creation({ id: 'n1' })]))).toEqual(['SYNC_REJECTED'])
  })
})

describe('what Firestore cannot hold', () => {
  const reject = async (row: JsonObject & { readonly id: string }): Promise<string | undefined> => {
    const at = await bench()
    const [kind] = kindsOf(await push(at, [creation(row)]))
    expect(at.served.calls).toEqual([])
    return kind
  }

  it('is rejected before anything is sent', async () => {
    expect(await reject({ id: '\ud800' })).toBe('SYNC_REJECTED')
    expect(await reject({ id: 'n1', deep: [{ title: '\udc00' }] })).toBe('SYNC_REJECTED')
    expect(await reject({ id: 'n1', '\ud800': 1 })).toBe('SYNC_REJECTED')
    expect(await reject({ id: 'n1', ['x'.repeat(1501)]: 1 })).toBe('SYNC_TOO_LARGE')
    expect(await reject({ id: 'n1', text: 'x'.repeat(1_000_000) })).toBe('SYNC_TOO_LARGE')
  })

  it('counts as Firestore counts: numbers have eight bytes however short their text', async () => {
    expect(await reject({ id: 'n1', list: Array.from({ length: 140_000 }, () => 1) })).toBe('SYNC_TOO_LARGE')
    const at = await bench()
    const fits = creation({ id: 'n1', list: Array.from({ length: 130_000 }, () => 1) })
    expect(kindsOf(await push(at, [fits]))).toEqual(['applied'])
  })

  it('is found in what a relative write would make', async () => {
    const at = await bench()
    await at.double.write('notes', { id: 'n1', log: ['x'.repeat(600_000)] })
    const append = operation('update', 'n1', { change: { append: { log: ['y'.repeat(600_000)] } } })
    expect(kindsOf(await push(at, [append]))).toEqual(['SYNC_TOO_LARGE'])
  })
})

it('the digest of an operation holds what its id stands for, in whatever order it is written', async () => {
  const at = await bench()
  const one = creation({ id: 'n1', a: 1, b: { c: 1, d: 2 } })
  await push(at, [one])
  const same = { ...one, resend: true, record: { id: 'n1' }, change: { set: { b: { d: 2, c: 1 }, a: 1, id: 'n1' } } }
  expect(kindsOf(await push(at, [same]))).toEqual(['applied'])
  const others: Partial<PushOperation>[] = [
    { kind: 'update' },
    { change: { set: { id: 'n1', a: 2 } } },
    { expected: '1' },
    { condition: { field: 'a', is: 'eq', value: 1 } },
  ]
  for (const other of others) expect(kindsOf(await push(at, [{ ...one, ...other }]))).toEqual(['SYNC_ID_REUSED'])
})
