import { type PushRequest, SyncError } from '@rowkeep/kernel'
import { describe, expect, test, vi } from 'vitest'
import { adapterWith, ask, contextOf, failureOf, json, operation, page } from './support.ts'

const one: PushRequest = { operations: [operation('1')], atomic: false }
const two: PushRequest = { operations: [operation('1'), operation('2')], atomic: false }
const group: PushRequest = { ...two, atomic: true }

const empty = (status: number, headers: Record<string, string> = {}): Response =>
  new Response(null, { status, headers })
const said = (status: number, code: string, more: object = {}): Response =>
  json({ error: { code, ...more } }, { status })

const pullError = (answer: () => Response, now = 0) =>
  failureOf(adapterWith().pull(ask, contextOf(answer, {}, { now: () => now })))

describe('pull rejects', () => {
  test.each([
    [400, 'SYNC_PROTOCOL', 'unknown'],
    [401, 'SYNC_AUTH_REQUIRED', 'afterAuth'],
    [403, 'SYNC_FORBIDDEN', 'never'],
    [404, 'SYNC_PROTOCOL', 'unknown'],
    [405, 'SYNC_PROTOCOL', 'unknown'],
    [408, 'SYNC_TIMEOUT', 'unknown'],
    [409, 'SYNC_PROTOCOL', 'unknown'],
    [410, 'SYNC_PROTOCOL', 'unknown'],
    [412, 'SYNC_PROTOCOL', 'unknown'],
    [413, 'SYNC_TOO_LARGE', 'never'],
    [415, 'SYNC_PROTOCOL', 'unknown'],
    [422, 'SYNC_PROTOCOL', 'unknown'],
    [425, 'SYNC_NETWORK', 'safe'],
    [429, 'SYNC_RATE_LIMITED', 'safe'],
    [500, 'SYNC_NETWORK', 'safe'],
    [502, 'SYNC_NETWORK', 'safe'],
    [503, 'SYNC_NETWORK', 'safe'],
    [504, 'SYNC_NETWORK', 'safe'],
    [511, 'SYNC_NETWORK', 'safe'],
    [201, 'SYNC_PROTOCOL', 'unknown'],
    [204, 'SYNC_PROTOCOL', 'unknown'],
    [304, 'SYNC_PROTOCOL', 'unknown'],
  ])('status %i as %s [F93]', async (status, code, retry) => {
    const error = await pullError(() => empty(status))
    expect({ code: error.code, retry: error.retry }).toEqual({ code, retry })
    expect(error.message).toContain('https://api.example.com/sync/pull')
  })
})

test.each([201, 202, 203, 206])('a page with status %i is no answer of the protocol', async (status) => {
  expect((await pullError(() => json(page, { status }))).code).toBe('SYNC_PROTOCOL')
})

describe('push of what surely had no effect', () => {
  test.each([
    [400, 'SYNC_PROTOCOL'],
    [401, 'SYNC_AUTH_REQUIRED'],
    [404, 'SYNC_PROTOCOL'],
    [405, 'SYNC_PROTOCOL'],
    [415, 'SYNC_PROTOCOL'],
    [422, 'SYNC_PROTOCOL'],
    [425, 'SYNC_NETWORK'],
    [429, 'SYNC_RATE_LIMITED'],
    [511, 'SYNC_NETWORK'],
  ])('answers retry for each operation after status %i', async (status, code) => {
    const verdict = { kind: 'retry', outcome: 'unapplied', error: { code, details: { status } } }
    expect(
      await adapterWith().push(
        two,
        contextOf(() => empty(status)),
      ),
    ).toMatchObject([verdict, verdict])
  })

  test('rejects a single operation that is too large', async () => {
    const verdicts = await adapterWith().push(
      one,
      contextOf(() => empty(413)),
    )
    expect(verdicts).toMatchObject([{ kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } }])
  })

  test('answers retry where a busy server says itself that nothing took effect', async () => {
    const verdicts = await adapterWith().push(
      two,
      contextOf(() => said(503, 'SYNC_RATE_LIMITED', { retryAfterMs: 1000 })),
    )
    const verdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_RATE_LIMITED', retryAfterMs: 1000 } }
    expect(verdicts).toMatchObject([verdict, verdict])
    const broken = failureOf(
      adapterWith().push(
        two,
        contextOf(() => said(500, 'SYNC_OUTCOME_UNKNOWN')),
      ),
    )
    expect((await broken).code).toBe('SYNC_OUTCOME_UNKNOWN')
    expect((await pullError(() => said(500, 'SYNC_OUTCOME_UNKNOWN'))).code).toBe('SYNC_NETWORK')
  })

  test('leaves several operations that are too large together to be halved', async () => {
    const verdicts = await adapterWith().push(
      two,
      contextOf(() => empty(413)),
    )
    const verdict = { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_TOO_LARGE' } }
    expect(verdicts).toMatchObject([verdict, verdict])
  })

  test('rejects an atomic group that is too large, because it cannot be halved', async () => {
    const verdicts = await adapterWith().push(
      group,
      contextOf(() => empty(413)),
    )
    const verdict = { kind: 'rejected', error: { code: 'SYNC_TOO_LARGE' } }
    expect(verdicts).toMatchObject([verdict, verdict])
  })

  test('rejects what the server itself forbids', async () => {
    const verdicts = await adapterWith().push(
      two,
      contextOf(() => said(403, 'SYNC_FORBIDDEN')),
    )
    const verdict = { kind: 'rejected', error: { code: 'SYNC_FORBIDDEN' } }
    expect(verdicts).toMatchObject([verdict, verdict])
  })

  test('leaves it unknown where a firewall forbids, which may have kept back the answer only', async () => {
    const firewall = (): Response => new Response('<h1>Blocked</h1>', { status: 403 })
    expect((await failureOf(adapterWith().push(two, contextOf(firewall)))).code).toBe('SYNC_FORBIDDEN')
  })

  test('does not reject what the app’s own token() refuses', async () => {
    const adapter = adapterWith({ token: () => Promise.reject(new SyncError('SYNC_FORBIDDEN')) })
    const verdicts = await adapter.push(
      one,
      contextOf(() => empty(200)),
    )
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_FORBIDDEN' } }])
  })

  test.each([401, 403])('waits for the right user after SYNC_USER_MISMATCH with status %i', async (status) => {
    const answer = (): Response => said(status, 'SYNC_USER_MISMATCH', { message: 'the token is of bob' })
    const verdicts = await adapterWith().push(one, contextOf(answer))
    const error = { code: 'SYNC_USER_MISMATCH', message: 'the token is of bob' }
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error }])
    expect(await pullError(answer)).toMatchObject({ code: 'SYNC_USER_MISMATCH', retry: 'afterAuth' })
  })
})

describe('push of what may have had an effect', () => {
  test.each([
    [408, 'SYNC_TIMEOUT'],
    [409, 'SYNC_PROTOCOL'],
    [412, 'SYNC_PROTOCOL'],
    [500, 'SYNC_OUTCOME_UNKNOWN'],
    [502, 'SYNC_OUTCOME_UNKNOWN'],
    [503, 'SYNC_OUTCOME_UNKNOWN'],
    [504, 'SYNC_OUTCOME_UNKNOWN'],
    [599, 'SYNC_OUTCOME_UNKNOWN'],
    [200, 'SYNC_PROTOCOL'],
    [202, 'SYNC_PROTOCOL'],
  ])('rejects after status %i', async (status, code) => {
    const error = await failureOf(
      adapterWith().push(
        two,
        contextOf(() => empty(status)),
      ),
    )
    expect({ code: error.code, retry: error.retry }).toEqual({ code, retry: 'unknown' })
  })
})

describe('the server’s own Failure', () => {
  test('makes the code, message, details and wait exact', async () => {
    const more = { message: 'cursor is forged', retryAfterMs: 250, details: { field: 'cursor' } }
    const error = await pullError(() => said(400, 'SYNC_INPUT_INVALID', more))
    expect(error).toMatchObject({
      code: 'SYNC_INPUT_INVALID',
      retryAfterMs: 250,
      details: { field: 'cursor', status: 400 },
    })
    expect(error.message).toBe('cursor is forged [SYNC_INPUT_INVALID]')
  })

  test.each([
    [400, 'SYNC_MADE_UP', 'SYNC_PROTOCOL'],
    [400, 'SYNC_STORE_FULL', 'SYNC_PROTOCOL'],
    [400, 'SYNC_ABORTED', 'SYNC_PROTOCOL'],
    [400, 'constructor', 'SYNC_PROTOCOL'],
    [401, 'SYNC_REJECTED', 'SYNC_AUTH_REQUIRED'],
    [403, 'SYNC_TOO_LARGE', 'SYNC_FORBIDDEN'],
    [413, 'SYNC_NETWORK', 'SYNC_TOO_LARGE'],
    [429, 'SYNC_FORBIDDEN', 'SYNC_RATE_LIMITED'],
  ])('of status %i cannot say %s', async (status, code, wanted) => {
    expect((await pullError(() => said(status, code))).code).toBe(wanted)
  })

  test.each([
    ['text', { error: 'no' }],
    ['no code', { error: { message: 'no' } }],
    ['a list', { error: [] }],
    ['null', null],
    ['a wait that is no number', { error: { code: 'SYNC_PROTOCOL', retryAfterMs: 'soon', details: 7, message: {} } }],
  ])('is ignored where it is malformed: %s', async (_, body) => {
    const error = await pullError(() => json(body, { status: 500 }))
    expect(['SYNC_NETWORK', 'SYNC_PROTOCOL']).toContain(error.code)
    expect(error.retryAfterMs).toBeUndefined()
    expect(error.details).toEqual({ status: 500 })
  })

  test('is not read past 64 kB, nor when it is cut off: the status speaks', async () => {
    const huge = { error: { code: 'SYNC_USER_MISMATCH', message: 'x'.repeat(70_000) } }
    expect((await pullError(() => json(huge, { status: 401 }))).code).toBe('SYNC_AUTH_REQUIRED')
    const cut = (): Response =>
      new Response('{"error":{"code":"SYNC_USER_', { status: 401, headers: { 'content-type': 'application/json' } })
    expect((await pullError(cut)).code).toBe('SYNC_AUTH_REQUIRED')
  })

  test('with hostile field names stays data', async () => {
    const body =
      '{"error":{"code":"SYNC_PROTOCOL","details":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}}}'
    const error = await pullError(
      () => new Response(body, { status: 400, headers: { 'content-type': 'application/json' } }),
    )
    expect(Object.getPrototypeOf(error.details)).toBe(Object.prototype)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.keys(error.details)).toEqual(['__proto__', 'constructor', 'status'])
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 20, 5, 0, 0)
  test.each([
    ['7', 7000],
    ['0', 0],
    [' 12 ', 12_000],
    ['99999', 3_600_000],
    ['99999999999999999999999', 3_600_000],
    ['Fri, 20 Nov 2026 05:00:30 GMT', 30_000],
    ['Friday, 20-Nov-26 05:00:30 GMT', 30_000],
    ['Fri Nov 20 05:00:30 2026', 30_000],
    ['Fri, 20 Nov 2026 04:00:00 GMT', 0],
    ['Sat, 21 Nov 2026 05:00:00 GMT', 3_600_000],
    ['-5', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026-11-20T05:00:30Z', undefined],
    ['Fri, 99 Nov 2026 05:00:30 GMT', undefined],
  ])('%j means %s ms', async (value, wanted) => {
    for (const status of [429, 503]) {
      const error = await pullError(() => empty(status, { 'retry-after': value }), now)
      expect(error.retryAfterMs).toBe(wanted)
    }
  })

  test('as a date without a zone is in GMT, wherever the device is', async () => {
    vi.stubEnv('TZ', 'Asia/Tokyo')
    try {
      expect(new Date(now).getTimezoneOffset()).toBe(-540)
      const error = await pullError(() => empty(503, { 'retry-after': 'Fri Nov 20 05:00:30 2026' }), now)
      expect(error.retryAfterMs).toBe(30_000)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  test('reaches the verdicts of a push, and the error of one of unknown outcome', async () => {
    const verdicts = await adapterWith().push(
      one,
      contextOf(() => empty(429, { 'retry-after': '3' })),
    )
    expect(verdicts).toMatchObject([{ error: { retryAfterMs: 3000 } }])
    const error = await failureOf(
      adapterWith().push(
        one,
        contextOf(() => empty(503, { 'retry-after': '3' })),
      ),
    )
    expect(error.retryAfterMs).toBe(3000)
  })

  test('in a body is held to the same hour', async () => {
    const error = await pullError(() => said(429, 'SYNC_RATE_LIMITED', { retryAfterMs: 1e12 }))
    expect(error.retryAfterMs).toBe(3_600_000)
  })
})
