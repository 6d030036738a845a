import type { PushOperation } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { restAdapter } from '../../src/index.ts'
import { changesSince, ifMatch, overwrite, plainRoutes } from '../../src/routes/index.ts'
import { contextOf, failureOf } from '../adapter/support.ts'
import { answer, brief, note, plain, pushOne, row, script, status, token } from './support.ts'

const create = note({ kind: 'create', expected: null })
const remove = note({ kind: 'delete', record: null, change: {} })
const theirs = { collection: 'notes', id: 'n1', revision: '7', record: { id: 'n1', title: 'Theirs' } }

describe('with If-Match, the request', () => {
  test.each([
    [create, 'PUT /notes/n1 if-none-match: *'],
    [note(), 'PUT /notes/n1 if-match: "4"'],
    [note({ expected: null }), 'PUT /notes/n1 if-match: *'],
    [remove, 'DELETE /notes/n1 if-match: "4"'],
  ])('%# is %s', async (operation, wanted) => {
    const { network, sent } = script(status(204))
    expect(await pushOne(plain(), operation, network)).toEqual({ kind: 'applied' })
    expect(sent.map(brief)).toEqual([wanted])
    const [{ method, headers }] = sent as [Request]
    expect(headers.get('content-type')).toBe(method === 'PUT' ? 'application/json' : null)
    if (method === 'PUT') expect(await sent[0]?.json()).toEqual({ id: 'n1', title: 'Mine' })
  })

  test('carries what encode() makes of the record', async () => {
    const { network, sent } = script(status(204))
    const encode = ({ id, title }: Readonly<Record<string, unknown>>) => ({ uuid: String(id), name: String(title) })
    await pushOne(plain({ collections: { notes: { path: '/notes', encode } } }), note(), network)
    expect(await sent[0]?.json()).toEqual({ uuid: 'n1', name: 'Mine' })
  })
})

describe('with If-Match, a success', () => {
  test.each([
    ['the row of the body', answer(row(7)), { ...theirs, kind: 'record' }],
    [
      'the row of the body, its version in the ETag',
      answer({ id: 'n1', title: 'Theirs' }, 201, { etag: '"7"' }),
      { ...theirs, kind: 'record' },
    ],
    [
      'the record as sent under a strong ETag',
      status(204, { etag: '"5"' }),
      { ...theirs, kind: 'record', revision: '5', record: { id: 'n1', title: 'Mine' } },
    ],
    ['no row under a weak ETag', status(204, { etag: 'W/"5"' }), undefined],
    ['no row where the body shows none', answer({ ok: true }), undefined],
    ['no row where its version cannot be used', answer(row('a"b')), undefined],
  ])('brings %s', async (_, reply, wanted) => {
    const { network } = script(reply)
    expect(await pushOne(plain(), note(), network)).toEqual({ kind: 'applied', ...(wanted ? { row: wanted } : {}) })
  })

  test.each([
    ['a sign-in page', () => new Response('<p>Welcome', { headers: { 'content-type': 'text/html' } })],
    [
      'an answer that was cut off',
      () => new Response('{"id":"n1","ti', { headers: { 'content-type': 'application/json' } }),
    ],
    ['another item', answer(row(7, { id: 'n2' }))],
    ['a promise to do it later', status(202)],
  ])('is not %s', async (_, reply) => {
    const { network } = script(reply)
    const push = plain().push({ operations: [note()], atomic: false }, contextOf(network))
    expect((await failureOf(push)).code).toBe('SYNC_PROTOCOL')
  })
})

describe('with If-Match, a refusal', () => {
  const verdictOn = async (operation: PushOperation, ...answers: readonly (() => Response)[]) => {
    const { network, sent } = script(...answers)
    return { verdict: await pushOne(plain(), operation, network), sent: sent.map(brief) }
  }

  test.each([412, 409])('(%i) is a conflict with the row that stands [F93]', async (code) => {
    for (const operation of [note(), remove, create]) {
      const { verdict, sent } = await verdictOn(operation, status(code), answer(row(7)))
      expect(verdict).toEqual({ kind: 'conflict', row: { ...theirs, kind: 'record' } })
      expect(sent[1]).toBe('GET /notes/n1')
    }
  })

  test('is a conflict with the tombstone where the server keeps one', async () => {
    const gone = answer({ id: 'n1', deleted: true, version: 8 }, 410)
    const adapter = plain({ feed: changesSince({ deleted: 'deleted' }) })
    const tombstone = { kind: 'tombstone', collection: 'notes', id: 'n1', revision: '8' }
    for (const answers of [[status(412), gone], [gone]]) {
      expect(await pushOne(adapter, note(), script(...answers).network)).toEqual({ kind: 'conflict', row: tombstone })
      expect(await pushOne(adapter, remove, script(...answers).network)).toEqual({ kind: 'applied', row: tombstone })
    }
  })

  test.each([
    [note(), 404, { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } }],
    [note(), 410, { kind: 'conflict' }],
    [remove, 404, { kind: 'applied' }],
    [remove, 410, { kind: 'applied' }],
    [create, 404, { kind: 'rejected', error: { code: 'SYNC_ID_TAKEN' } }],
  ])('of what is not there, %#: %i', async (operation, code, wanted) => {
    expect((await verdictOn(operation, status(412), status(code))).verdict).toMatchObject(wanted)
  })

  test.each([
    [note(), { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } }],
    [remove, { kind: 'applied' }],
    [create, { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_PROTOCOL' } }],
  ])('by 404 at once, %#, asks no further', async (operation, wanted) => {
    const { verdict, sent } = await verdictOn(operation, status(404))
    expect(verdict).toMatchObject(wanted)
    expect(sent).toHaveLength(1)
  })

  test.each([status(500), status(401), () => Response.error(), answer('no row'), answer({ id: 'n1' })])(
    'is a conflict without a row where the row cannot be had, %#',
    async (reply) => {
      expect((await verdictOn(note(), status(412), reply)).verdict).toEqual({ kind: 'conflict' })
    },
  )

  test('for the very version that stands is a fault of the server, not a conflict without end', async () => {
    const { verdict } = await verdictOn(note(), status(412), answer(row(4)))
    expect(verdict).toMatchObject({
      kind: 'retry',
      outcome: 'unapplied',
      error: { message: expect.stringContaining('must be strong') },
    })
  })
})

describe('overwriting', () => {
  const adapter = plain({ writes: overwrite() })

  test('sends whole records and compares nothing', async () => {
    const { network, sent } = script(status(204))
    for (const operation of [create, note({ expected: null }), remove])
      expect(await pushOne(adapter, operation, network)).toEqual({ kind: 'applied' })
    expect(sent.map(brief)).toEqual(['PUT /notes/n1', 'PUT /notes/n1', 'DELETE /notes/n1'])
  })

  test('has no versions, whatever the server says of them', async () => {
    const { network } = script(answer({ id: 'n1', title: 'Theirs' }, 200, { etag: '"7"' }))
    const wanted = {
      kind: 'record',
      collection: 'notes',
      id: 'n1',
      revision: null,
      record: { id: 'n1', title: 'Theirs' },
    }
    expect(await pushOne(adapter, note(), network)).toEqual({ kind: 'applied', row: wanted })
  })

  test.each([
    [remove, 404, { kind: 'applied' }],
    [remove, 410, { kind: 'applied' }],
    [note(), 404, { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE' } }],
    [create, 404, { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_PROTOCOL' } }],
  ])('what is not there, %#', async (operation, code, wanted) => {
    expect(await pushOne(adapter, operation, script(status(code)).network)).toMatchObject(wanted)
  })
})

describe('a write answered with', () => {
  const problem = (code: number): (() => Response) => answer({ title: 'on purpose' }, code)
  const html =
    (code: number): (() => Response) =>
    () =>
      new Response('<p>no', { status: code, headers: { 'content-type': 'text/html' } })

  test.each([
    [problem(400), 'SYNC_REJECTED'],
    [problem(403), 'SYNC_FORBIDDEN'],
    [problem(413), 'SYNC_TOO_LARGE'],
    [html(413), 'SYNC_TOO_LARGE'],
    [problem(422), 'SYNC_REJECTED'],
    [problem(412), 'SYNC_REJECTED'],
    [answer({ error: { code: 'SYNC_ID_TAKEN' } }, 422), 'SYNC_ID_TAKEN'],
    [answer({ error: { code: 'E_TITLE', message: 'the title is too long' } }, 422), 'SYNC_REJECTED'],
  ])('a refusal for good is rejected, %#: %s', async (reply, code) => {
    const verdict = await pushOne(plain({ writes: overwrite() }), note(), script(reply).network)
    expect(verdict).toMatchObject({ kind: 'rejected', error: { code } })
  })

  test.each([
    [
      { error: { code: 'E_TITLE', message: 'too long' } },
      { message: 'too long', details: { status: 422, code: 'E_TITLE' } },
    ],
    [
      { type: 'about:blank', title: 'Invalid', detail: 'too long' },
      { message: 'too long', details: { status: 422 } },
    ],
    [{ title: 'Invalid' }, { message: 'Invalid' }],
    [{ message: `not with ${token}` }, { message: 'not with ***' }],
    [{ message: 7 }, { message: expect.stringContaining('status 422') }],
    [[], { message: expect.stringContaining('status 422') }],
  ])('keeps the words of the server, %j', async (body, error) => {
    const verdict = await pushOne(plain(), note(), script(answer(body, 422)).network)
    expect(verdict).toMatchObject({ kind: 'rejected', error })
  })

  test.each([
    [status(401), 'SYNC_AUTH_REQUIRED'],
    [problem(401), 'SYNC_AUTH_REQUIRED'],
    [problem(429), 'SYNC_RATE_LIMITED'],
    [html(400), 'SYNC_PROTOCOL'],
    [html(422), 'SYNC_PROTOCOL'],
    [problem(405), 'SYNC_PROTOCOL'],
    [problem(415), 'SYNC_PROTOCOL'],
    [status(511), 'SYNC_NETWORK'],
    [answer({ error: { code: 'SYNC_RATE_LIMITED' } }, 400), 'SYNC_RATE_LIMITED'],
  ])('what surely had no effect is tried again, %#: %s', async (reply, code) => {
    const verdict = await pushOne(plain({ writes: overwrite() }), note(), script(reply).network)
    expect(verdict).toMatchObject({ kind: 'retry', outcome: 'unapplied', error: { code } })
  })

  test('428 says which option is missing; nothing was done, and reading goes on', async () => {
    const { network, sent } = script(status(428))
    const verdict = await pushOne(plain({ writes: overwrite() }), note(), network)
    const error = { code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining('the server wants ifMatch()') }
    expect(verdict).toMatchObject({ kind: 'retry', outcome: 'unapplied', error })
    expect(sent).toHaveLength(1)
  })

  test.each([
    [html(403), 'SYNC_FORBIDDEN'],
    [status(408), 'SYNC_TIMEOUT'],
    [problem(500), 'SYNC_OUTCOME_UNKNOWN'],
    [status(302, { location: 'https://elsewhere.example/' }), 'SYNC_PROTOCOL'],
    [() => Response.error(), 'SYNC_NETWORK'],
  ])('what may have had an effect is thrown, %#: %s', async (reply, code) => {
    const { network, sent } = script(reply)
    const push = plain({ writes: overwrite() }).push({ operations: [note()], atomic: false }, contextOf(network))
    expect((await failureOf(push)).code).toBe(code)
    expect(sent).toHaveLength(1)
  })
})

describe('several operations', () => {
  const notes = (count: number): PushOperation[] =>
    Array.from({ length: count }, (_, n) => note({ id: `n${n}`, record: { id: `n${n}` } }))
  const adapter = plain({ writes: overwrite() }, { limits: { parallel: 2 } })
  const kinds = async (operations: PushOperation[], network: (request: Request) => Response) =>
    (await adapter.push({ operations, atomic: false }, contextOf(network))).map((verdict) =>
      verdict.kind === 'retry' ? verdict.outcome : verdict.kind,
    )
  const failing = (id: string, reply: () => Response) => {
    const sent: string[] = []
    const network = (request: Request): Response => {
      sent.push(request.url.slice(-2))
      return request.url.endsWith(id) ? reply() : new Response(null, { status: 204 })
    }
    return { network, sent }
  }

  test('each get the verdict of their own request', async () => {
    const { network, sent } = failing('n2', answer({}, 403))
    expect(await kinds(notes(5), network)).toEqual(['applied', 'applied', 'rejected', 'applied', 'applied'])
    expect(sent.sort()).toEqual(['n0', 'n1', 'n2', 'n3', 'n4'])
  })

  test('share the places for requests with those of other calls, and each call gets its own verdicts', async () => {
    let [now, most] = [0, 0]
    const network = async (): Promise<Response> => {
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return new Response(null, { status: 204 })
    }
    const calls = [5, 3, 4].map((count) =>
      adapter.push({ operations: notes(count), atomic: false }, contextOf(network)),
    )
    expect((await Promise.all(calls)).map((verdicts) => verdicts.length)).toEqual([5, 3, 4])
    expect(most).toBe(2)
  })

  test('stop where the next would meet the same, and those not sent surely have no effect', async () => {
    const { network, sent } = failing('n2', status(429))
    expect(await kinds(notes(6), network)).toEqual([
      'applied',
      'applied',
      'unapplied',
      'applied',
      'unapplied',
      'unapplied',
    ])
    expect(sent.sort()).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  test('are of unknown outcome where only that of one is', async () => {
    const { network } = failing('n1', () => Response.error())
    expect(await kinds(notes(4), network)).toEqual(['applied', 'unknown', 'unapplied', 'unapplied'])
  })

  test('throw where none of them has an end', async () => {
    const push = adapter.push(
      { operations: notes(4), atomic: false },
      contextOf(() => Response.error()),
    )
    expect((await failureOf(push)).code).toBe('SYNC_NETWORK')
  })

  test('are not sent at all where the signal has aborted before', async () => {
    const { network, sent } = script()
    const context = contextOf(network, { signal: AbortSignal.abort() })
    const push = adapter.push({ operations: notes(4), atomic: false }, context)
    expect((await failureOf(push)).code).toBe('SYNC_ABORTED')
    expect(sent).toEqual([])
  })

  test('are refused as one atomic request', async () => {
    const { network, sent } = script()
    const verdicts = await adapter.push({ operations: notes(2), atomic: true }, contextOf(network))
    expect(verdicts).toMatchObject(Array(2).fill({ kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED' } }))
    expect(sent).toEqual([])
  })
})

test.each([
  note({ condition: { field: 'done', is: 'eq', value: false } }),
  note({ change: { increment: { n: 1 } } }),
  note({ change: { append: { tags: ['a'] } } }),
])('what only a server of ours can do is refused, never sent as something else: %#', async (operation) => {
  const { network, sent } = script()
  const verdict = await pushOne(plain({ writes: ifMatch() }), operation, network)
  expect(verdict).toMatchObject({ kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED' } })
  expect(sent).toEqual([])
})

test('a server that is read only refuses every write, and is not asked', async () => {
  const { network, sent } = script()
  const adapter = restAdapter({
    url: 'https://api.example.com',
    routes: plainRoutes({ collections: { notes: { path: '/notes' } } }),
  })
  const verdicts = await adapter.push({ operations: [note(), create], atomic: false }, contextOf(network, { user: '' }))
  expect(verdicts).toMatchObject(Array(2).fill({ kind: 'rejected', error: { code: 'SYNC_UNSUPPORTED' } }))
  expect(sent).toEqual([])
})
