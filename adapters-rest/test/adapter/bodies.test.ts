import { describe, expect, test, vi } from 'vitest'
import { adapterWith, ask, contextOf, failureOf, json, operation, page } from './support.ts'

const push = { operations: [operation('1')], atomic: false }
const typed = (body: BodyInit | null, type = 'application/json'): Response =>
  new Response(body, { headers: { 'content-type': type } })

/** A body that gives these parts and then `end`s. */
function stream(
  parts: readonly (string | Uint8Array)[],
  end: 'close' | 'break' | 'hang',
  onCancel = () => {},
): ReadableStream {
  const queue = [...parts]
  return new ReadableStream(
    {
      pull(controller) {
        const part = queue.shift()
        if (part !== undefined)
          return controller.enqueue(typeof part === 'string' ? new TextEncoder().encode(part) : part)
        if (end === 'close') controller.close()
        if (end === 'break') controller.error(new TypeError('terminated'))
        return end === 'hang' ? new Promise(() => {}) : undefined
      },
      cancel: onCancel,
    },
    { highWaterMark: 0 },
  )
}

describe('an answer of status 200', () => {
  test.each([
    [
      'a captive portal’s page',
      () => typed('<!doctype html><title>Sign in</title>', 'text/html; charset=utf-8'),
      /text\/html/,
    ],
    ['JSON that says it is text', () => typed(JSON.stringify(page), 'text/plain'), /text\/plain/],
    ['no type', () => new Response(new TextEncoder().encode('{}')), /no type/],
    ['HTML that says it is JSON', () => typed('<!doctype html>'), /no JSON/],
    ['cut off JSON', () => typed(JSON.stringify(page).slice(0, -5)), /cut off/],
    ['an empty body', () => typed(''), /no JSON/],
    ['no body', () => typed(null), /no JSON/],
    [
      'bytes that are no UTF-8',
      () => typed(stream(['{"kind":"', new Uint8Array([0xff, 0xfe]), '"}'], 'close')),
      /UTF-8/,
    ],
  ])('is refused where it is %s', async (_, answer, why) => {
    const error = await failureOf(adapterWith().pull(ask, contextOf(answer)))
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toMatch(why)
    expect((await failureOf(adapterWith().push(push, contextOf(answer)))).code).toBe('SYNC_PROTOCOL')
  })

  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/vnd.rowkeep+json',
  ])('is read where it is %s', async (type) => {
    expect(
      await adapterWith().pull(
        ask,
        contextOf(() => typed(JSON.stringify(page), type)),
      ),
    ).toEqual(page)
  })

  test('may begin with a byte order mark, and come in pieces that split characters', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...page, epoch: 'é😀' }))
    const parts = [new Uint8Array([0xef, 0xbb, 0xbf]), ...Array.from(bytes, (byte) => new Uint8Array([byte]))]
    expect(
      await adapterWith().pull(
        ask,
        contextOf(() => typed(stream(parts, 'close'))),
      ),
    ).toMatchObject({ epoch: 'é😀' })
  })

  test('that breaks off is a network error, and leaves a push unknown', async () => {
    const answer = (): Response => typed(stream(['{"kind":'], 'break'))
    expect((await failureOf(adapterWith().pull(ask, contextOf(answer)))).code).toBe('SYNC_NETWORK')
    expect((await failureOf(adapterWith().push(push, contextOf(answer)))).code).toBe('SYNC_NETWORK')
  })

  test('is read no further than responseBytes [F115]', async () => {
    let given = 0
    const onCancel = vi.fn()
    const long = new ReadableStream(
      {
        pull(controller) {
          given += 1000
          controller.enqueue(new Uint8Array(1000).fill(32))
          // Far beyond the limit it ends all the same: an adapter without one must fail here, not eat the memory.
          if (given === 1_000_000) controller.close()
        },
        cancel: onCancel,
      },
      { highWaterMark: 0 },
    )
    const adapter = adapterWith({ responseBytes: 10_000 })
    const error = await failureOf(
      adapter.pull(
        ask,
        contextOf(() => typed(long)),
      ),
    )
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toContain('10000 bytes')
    expect(given).toBe(11_000)
    expect(onCancel).toHaveBeenCalledTimes(1)
  })

  test('of exactly responseBytes is read', async () => {
    const text = JSON.stringify(page).padEnd(2000)
    expect(
      await adapterWith({ responseBytes: 2000 }).pull(
        ask,
        contextOf(() => typed(text)),
      ),
    ).toEqual(page)
    const error = await failureOf(
      adapterWith({ responseBytes: 1999 }).pull(
        ask,
        contextOf(() => typed(text)),
      ),
    )
    expect(error.code).toBe('SYNC_PROTOCOL')
  })

  test('that never ends is given up with the signal, and its connection freed', async () => {
    const stop = new AbortController()
    const onCancel = vi.fn()
    let asked = false
    const answer = (): Response => {
      asked = true
      return typed(stream(['{'], 'hang', onCancel))
    }
    const work = failureOf(adapterWith().pull(ask, contextOf(answer, { signal: stop.signal })))
    await vi.waitFor(() => expect(asked).toBe(true))
    stop.abort()
    expect((await work).code).toBe('SYNC_ABORTED')
    await vi.waitFor(() => expect(onCancel).toHaveBeenCalled())
  })

  test('that was not wanted is given up, so that its connection is free', async () => {
    for (const status of [200, 302, 500]) {
      const onCancel = vi.fn()
      const answer = (): Response =>
        new Response(stream(['<p>'], 'hang', onCancel), { status, headers: { 'content-type': 'text/html' } })
      await failureOf(adapterWith().pull(ask, contextOf(answer)))
      expect(onCancel).toHaveBeenCalledTimes(1)
    }
  })
})

describe('a fetch', () => {
  const failed = (cause: unknown): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
  const system = (code: string, syscall: string): Error =>
    Object.assign(new Error(`${syscall} ${code}`), { code, syscall })

  test.each([
    ['was refused', system('ECONNREFUSED', 'connect')],
    ['found no host', system('ENOTFOUND', 'getaddrinfo')],
    [
      'tried several addresses in vain',
      new AggregateError([system('ECONNREFUSED', 'connect'), system('ENETUNREACH', 'connect')]),
    ],
    ['could not connect in time', Object.assign(new Error('Connect Timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' })],
  ])('that %s sent nothing', async (_, cause) => {
    expect(
      (
        await failureOf(
          adapterWith().pull(
            ask,
            contextOf(() => failed(cause)),
          ),
        )
      ).code,
    ).toBe('SYNC_NETWORK')
    const verdicts = await adapterWith().push(
      push,
      contextOf(() => failed(cause)),
    )
    expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }])
  })

  test.each([
    ['was reset', system('ECONNRESET', 'read')],
    ['lost its socket', Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })],
    ['does not say why, as in a browser', undefined],
    ['failed with text', 'offline'],
  ])('that %s leaves a push unknown', async (_, cause) => {
    expect(
      (
        await failureOf(
          adapterWith().push(
            push,
            contextOf(() => failed(cause)),
          ),
        )
      ).code,
    ).toBe('SYNC_NETWORK')
  })

  test('that answers with a network error is one', async () => {
    expect(
      (
        await failureOf(
          adapterWith().push(
            push,
            contextOf(() => Response.error()),
          ),
        )
      ).code,
    ).toBe('SYNC_NETWORK')
  })

  test('whose error is its own cause is reported all the same', async () => {
    const loop = new TypeError('loop')
    loop.cause = loop
    const error = await failureOf(
      adapterWith().pull(
        ask,
        contextOf(() => Promise.reject(loop)),
      ),
    )
    expect(error.code).toBe('SYNC_NETWORK')
    expect(error.details['reason']).toContain('loop')
  })
})

test('a push that cannot be written as JSON is not sent', async () => {
  const network = vi.fn(() => json([]))
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  const request = { operations: [operation('1', { record: cyclic as never })], atomic: false }
  const verdicts = await adapterWith().push(request, contextOf(network))
  expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_INPUT_INVALID' } }])
  expect(network).not.toHaveBeenCalled()
})
