import { type CallContext, SyncError } from '@rowkeep/kernel'
import { describe, expect, test, vi } from 'vitest'
import { type RestOptions, restAdapter } from '../../src/index.ts'
import { adapterWith, ask, contextOf, everythingIn, failureOf, json, operation, page, token, url } from './support.ts'

async function sentBy(options: Partial<RestOptions>, change: Partial<CallContext> = {}): Promise<Request> {
  const sent: Request[] = []
  const network = (request: Request): Response => {
    sent.push(request)
    return json(page)
  }
  await adapterWith(options).pull(ask, contextOf(network, change))
  expect(sent).toHaveLength(1)
  return sent[0] as Request
}

describe('a request', () => {
  test('is a POST of the contract’s own shape as JSON', async () => {
    const request = await sentBy({})
    expect(request.method).toBe('POST')
    expect(request.url).toBe(`${url}/pull`)
    expect(request.headers.get('content-type')).toBe('application/json')
    expect(await request.json()).toEqual(ask)
  })

  test('follows no redirect, sends no cookie, uses no cache', async () => {
    const { redirect, credentials, cache } = await sentBy({})
    expect({ redirect, credentials, cache }).toEqual({ redirect: 'manual', credentials: 'omit', cache: 'no-store' })
  })

  test('names its user percent-encoded', async () => {
    const request = await sentBy({}, { user: 'Zoë/…@x\r\nEvil: 1' })
    expect(request.headers.get('rowkeep-user')).toBe(encodeURIComponent('Zoë/…@x\r\nEvil: 1'))
    expect(request.headers.get('evil')).toBeNull()
  })

  test('carries the token of the moment, asked for each request', async () => {
    const tokens = ['first', 'second']
    const give = (): string => tokens.shift() ?? ''
    expect((await sentBy({ token: give })).headers.get('authorization')).toBe('Bearer first')
    expect((await sentBy({ token: async () => give() })).headers.get('authorization')).toBe('Bearer second')
  })

  test('carries no Authorization where there is no token, and the empty user', async () => {
    const sent: Request[] = []
    const network = (request: Request): Response => {
      sent.push(request)
      return json(page)
    }
    await restAdapter({ url }).pull(ask, contextOf(network, { user: '' }))
    expect(sent[0]?.headers.has('authorization')).toBe(false)
    expect(sent[0]?.headers.get('rowkeep-user')).toBe('')
  })

  test('is given up with the signal', async () => {
    const stop = new AbortController()
    let seen: Request | undefined
    const network = (request: Request): Promise<Response> => {
      seen = request
      return new Promise(() => undefined)
    }
    const work = failureOf(adapterWith().pull(ask, contextOf(network, { signal: stop.signal })))
    await vi.waitFor(() => expect(seen).toBeDefined())
    stop.abort()
    expect((await work).code).toBe('SYNC_ABORTED')
    expect(seen?.signal.aborted).toBe(true)
  })

  test('gives fetch the signal twice: in the Request, and beside it where garbage collection cannot cut it off', async () => {
    const stop = new AbortController()
    const calls: [Request, RequestInit | undefined][] = []
    const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      calls.push([input as Request, init])
      return json(page)
    }
    const context = contextOf(() => json(page), { signal: stop.signal }, { fetch })
    await adapterWith().pull(ask, context)
    stop.abort()
    expect(calls[0]?.[0].signal.aborted).toBe(true)
    expect(calls[0]?.[1]?.signal).toBe(stop.signal)
  })

  test('says so too where fetch gives up before anybody is told of the abort', async () => {
    const stop = new AbortController()
    stop.signal.addEventListener('abort', (event) => event.stopImmediatePropagation())
    const network = async (): Promise<Response> => {
      await new Promise((resolve) => setImmediate(resolve))
      stop.abort()
      throw new DOMException('This operation was aborted', 'AbortError')
    }
    const error = await failureOf(adapterWith().pull(ask, contextOf(network, { signal: stop.signal })))
    expect(error.code).toBe('SYNC_ABORTED')
  })

  test('is not sent when the signal has aborted before', async () => {
    const network = vi.fn(() => json(page))
    const context = contextOf(network, { signal: AbortSignal.abort() })
    expect((await failureOf(adapterWith().pull(ask, context))).code).toBe('SYNC_ABORTED')
    expect((await failureOf(adapterWith().push({ operations: [operation('1')], atomic: false }, context))).code).toBe(
      'SYNC_ABORTED',
    )
    expect((await failureOf(restAdapter({ url }).pull(ask, context))).code).toBe('SYNC_ABORTED')
    expect(network).not.toHaveBeenCalled()
  })

  test.each([
    [new DOMException('late', 'TimeoutError'), 'SYNC_TIMEOUT'],
    [new SyncError('SYNC_TIMEOUT'), 'SYNC_TIMEOUT'],
    [new SyncError('SYNC_CLOSED'), 'SYNC_CLOSED'],
    ['gone', 'SYNC_ABORTED'],
  ])('aborted with %s says %s', async (reason, code) => {
    const stop = new AbortController()
    const work = failureOf(
      adapterWith().pull(
        ask,
        contextOf(() => new Promise(() => undefined), { signal: stop.signal }),
      ),
    )
    stop.abort(reason)
    expect((await work).code).toBe(code)
  })
})

describe('a request without usable credentials', () => {
  const operations = [operation('1'), operation('2')]
  const cases: readonly [string, RestOptions['token'], Partial<CallContext>, string][] = [
    ['token() throws', () => Promise.reject(new TypeError(`bad answer ${token}`)), {}, 'SYNC_AUTH_REQUIRED'],
    ['token() throws a SyncError', () => Promise.reject(new SyncError('SYNC_NETWORK')), {}, 'SYNC_NETWORK'],
    ['token() gives nothing', () => '', {}, 'SYNC_AUTH_REQUIRED'],
    ['token() gives undefined', (() => undefined) as never, {}, 'SYNC_AUTH_REQUIRED'],
    ['the token ends in a new line', () => `${token}\n`, {}, 'SYNC_AUTH_REQUIRED'],
    ['the token is no ASCII', () => `${token}é`, {}, 'SYNC_AUTH_REQUIRED'],
    ['there is a token and no user', () => token, { user: '' }, 'SYNC_CONFIG_INVALID'],
    ['the user is half a surrogate pair', () => token, { user: '\ud800' }, 'SYNC_INPUT_INVALID'],
  ]
  test.each(cases)('is not sent: %s', async (_, source, change, code) => {
    const network = vi.fn(() => json(page))
    const adapter = adapterWith({ token: source as () => string })
    const error = await failureOf(adapter.pull(ask, contextOf(network, change)))
    expect(error.code).toBe(code)
    expect(everythingIn(error)).not.toContain(token)
    const verdicts = await adapter.push({ operations, atomic: false }, contextOf(network, change))
    expect(verdicts).toMatchObject([
      { kind: 'retry', outcome: 'unapplied', error: { code } },
      { kind: 'retry', outcome: 'unapplied', error: { code } },
    ])
    expect(JSON.stringify(verdicts)).not.toContain(token)
    expect(network).not.toHaveBeenCalled()
  })

  test('does not wait for token() at all when the signal has aborted before', async () => {
    const adapter = adapterWith({ token: () => new Promise<string>(() => undefined) })
    const context = contextOf(() => json(page), { signal: AbortSignal.abort() })
    expect((await failureOf(adapter.pull(ask, context))).code).toBe('SYNC_ABORTED')
  })

  test('waits for token() no longer than the signal allows', async () => {
    const stop = new AbortController()
    const adapter = adapterWith({ token: () => new Promise<string>(() => undefined) })
    const work = failureOf(
      adapter.pull(
        ask,
        contextOf(() => json(page), { signal: stop.signal }),
      ),
    )
    stop.abort()
    expect((await work).code).toBe('SYNC_ABORTED')
  })
})

describe('a redirect', () => {
  const target = 'https://evil.example:8443'
  test.each([301, 302, 303, 307, 308])('of status %i is not followed, and named by its origin only', async (status) => {
    const network = vi.fn(() => new Response(null, { status, headers: { location: `${target}/login?next=${token}` } }))
    const error = await failureOf(adapterWith().pull(ask, contextOf(network)))
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toContain(target)
    expect(error.message).not.toContain('login')
    expect(network).toHaveBeenCalledTimes(1)
  })

  test('a browser hides is refused all the same', async () => {
    const opaque = new Proxy(new Response(null), {
      get: (response, key) =>
        key === 'type' ? 'opaqueredirect' : key === 'status' ? 0 : Reflect.get(response, key, response),
    })
    expect(
      (
        await failureOf(
          adapterWith().pull(
            ask,
            contextOf(() => opaque),
          ),
        )
      ).code,
    ).toBe('SYNC_PROTOCOL')
  })

  test('that a careless fetch has followed is refused all the same [F114]', async () => {
    const followed = new Proxy(json(page), {
      get: (response, key) =>
        key === 'redirected' ? true : key === 'url' ? `${target}/x` : Reflect.get(response, key, response),
    })
    const error = await failureOf(
      adapterWith().pull(
        ask,
        contextOf(() => followed),
      ),
    )
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toContain(target)
  })

  test('makes the outcome of a push unknown', async () => {
    const network = (): Response => new Response(null, { status: 303, headers: { location: '/elsewhere' } })
    const work = adapterWith().push({ operations: [operation('1')], atomic: false }, contextOf(network))
    expect((await failureOf(work)).code).toBe('SYNC_PROTOCOL')
  })
})

describe('the token', () => {
  const echo = { error: { code: 'SYNC_REJECTED', message: `bad ${token}`, details: { [token]: [{ a: token }], n: 1 } } }
  const networks: readonly [string, () => Response | Promise<Response>][] = [
    ['a status with a Failure', () => json(echo, { status: 400 })],
    ['a wrong media type', () => new Response('x', { headers: { 'content-type': `text/${token}` } })],
    ['a failed fetch', () => Promise.reject(new TypeError(`no ${token}`, { cause: new Error(token) }))],
    ['no JSON', () => new Response(`{"${token}`, { headers: { 'content-type': 'application/json' } })],
    [
      'a row of another collection',
      () => json({ ...page, changes: [{ kind: 'eviction', collection: token, id: '1' }] }),
    ],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: `https://${token.slice(0, 6)}.x/${token}` } }),
    ],
  ]
  test.each(networks)('is in no error after %s [F113]', async (_, network) => {
    const error = await failureOf(adapterWith().pull(ask, contextOf(network)))
    expect(everythingIn(error)).not.toContain(token)
    expect(JSON.stringify(error)).not.toContain(token)
  })

  test('is in no verdict and no unreadable row, whatever the server echoes', async () => {
    const rejected = [{ kind: 'rejected', error: echo.error }]
    const request = { operations: [operation('1')], atomic: false }
    const verdicts = await adapterWith().push(
      request,
      contextOf(() => json(rejected)),
    )
    expect(verdicts).toMatchObject([{ kind: 'rejected', error: { code: 'SYNC_REJECTED', details: { n: 1 } } }])
    expect(JSON.stringify(verdicts)).not.toContain(token)
    const changes = [{ kind: 'unreadable', collection: 'notes', id: '1', error: echo.error }]
    const listed = await adapterWith().pull(
      ask,
      contextOf(() => json({ ...page, changes })),
    )
    expect(listed).toMatchObject({ changes: [{ kind: 'unreadable', error: { message: 'bad ***' } }] })
    expect(JSON.stringify(listed)).not.toContain(token)
  })

  test('is in no URL', async () => {
    const request = await sentBy({})
    expect(request.url).not.toContain(token)
  })
})
