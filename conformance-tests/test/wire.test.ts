import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend } from '../src/harness.ts'
import type { Fault } from '../src/remotes/faults.ts'
import { mount, type Wire } from '../src/remotes/wire.ts'

// Node 20 has none of its own.
globalThis.WebSocket ??= (await import('ws')).WebSocket as unknown as typeof WebSocket

const origin = 'https://backend.test'
const whole = { text: 'an answer of some length' }

let arrived: Request[] = []
let sockets: DoubleSocket[] = []
let wire: Wire

const backend: Backend = {
  origin,
  async fetch(request) {
    arrived.push(request)
    return Response.json(whole, { headers: { 'x-kept': 'yes' } })
  },
  socket: (socket) => {
    sockets.push(socket)
    socket.onMessage((data) => socket.send(data))
  },
  rows: async () => [],
  write: async () => {},
  remove: async () => {},
}

beforeEach(async () => {
  arrived = []
  sockets = []
  wire = await mount(backend)
})

afterEach(() => wire.close())

const ask = (init: RequestInit = {}, path = '/rows?after=1'): Promise<Response> =>
  fetch(`${origin}${path}`, { method: 'POST', body: '{"n":1}', headers: { authorization: 'Bearer me' }, ...init })

const under = (fault: Fault, init: RequestInit = {}): Promise<Response> => wire.under(fault, () => ask(init))

describe('without a fault', () => {
  test('a request arrives whole and is recorded, its answer comes back whole', async () => {
    const response = await ask()
    expect(await response.json()).toEqual(whole)
    expect(response.headers.get('x-kept')).toBe('yes')
    const [request] = arrived
    expect(request?.url).toBe(`${origin}/rows?after=1`)
    expect(request?.method).toBe('POST')
    expect(request?.headers.get('authorization')).toBe('Bearer me')
    expect(await request?.text()).toBe('{"n":1}')
    expect(wire.sent).toMatchObject([{ url: `${origin}/rows?after=1`, headers: { authorization: 'Bearer me' } }])
  })

  test('a request to another origin fails, arrives nowhere and is recorded', async () => {
    await expect(fetch('https://elsewhere.test/rows')).rejects.toThrow()
    expect(arrived).toEqual([])
    expect(wire.sent).toMatchObject([{ url: 'https://elsewhere.test/rows' }])
  })
})

test('a request that comes after the end fails and arrives nowhere', async () => {
  await wire.close()
  await expect(ask()).rejects.toThrow()
  expect(arrived).toEqual([])
  expect(wire.sent).toEqual([])
})

describe('under a fault', () => {
  test('drop: the request fails and never arrives', async () => {
    await expect(under({ kind: 'drop' })).rejects.toThrow(TypeError)
    expect(arrived).toHaveLength(0)
  })

  test('lost: the request fails and has arrived', async () => {
    await expect(under({ kind: 'lost' })).rejects.toThrow(TypeError)
    expect(arrived).toHaveLength(1)
  })

  test('reset: the answer begins and breaks off', async () => {
    const response = await under({ kind: 'reset' })
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
    expect(arrived).toHaveLength(1)
  })

  test('cut: the answer ends before its end', async () => {
    const text = await (await under({ kind: 'cut' })).text()
    expect(text).not.toBe('')
    expect(JSON.stringify(whole).startsWith(text)).toBe(true)
    expect(text.length).toBeLessThan(JSON.stringify(whole).length)
  })

  test('twice: the request arrives twice, body and all', async () => {
    expect(await (await under({ kind: 'twice' })).json()).toEqual(whole)
    expect(await Promise.all(arrived.map((request) => request.text()))).toEqual(['{"n":1}', '{"n":1}'])
  })

  test.each([false, true])('silence (after the effect: %s): nothing comes until the caller gives up', async (after) => {
    const stop = new AbortController()
    const told: string[] = []
    await wire.under({ kind: 'silence', after }, async () => {
      const answer = ask({ signal: stop.signal }).finally(() => told.push('silent'))
      await wire.first
      // A later request that is answered shows that an answer to this one would be here, too.
      await under({ kind: 'status', status: 200 })
      told.push('answered')
      stop.abort(new Error('enough'))
      await expect(answer).rejects.toThrow('enough')
    })
    expect(told).toEqual(['answered', 'silent'])
    expect(arrived).toHaveLength(after ? 1 : 0)
  })

  test.each([false, true])('html (after the effect: %s): a 200 of HTML', async (after) => {
    const response = await under({ kind: 'html', after })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/html')
    expect(await response.text()).toMatch(/^<!doctype html>/)
    expect(arrived).toHaveLength(after ? 1 : 0)
  })

  test.each([false, true])('status (after the effect: %s): this status, these headers, this body', async (after) => {
    const body = { message: 'later' }
    const response = await under({ kind: 'status', status: 429, headers: { 'retry-after': '7' }, body, after })
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('7')
    expect(await response.json()).toEqual(body)
    expect(arrived).toHaveLength(after ? 1 : 0)
  })

  test('redirect: whoever follows it is seen at the other origin', async () => {
    await expect(under({ kind: 'redirect', to: 'https://elsewhere.test/rows' })).rejects.toThrow()
    expect(wire.sent.map(({ url }) => url)).toEqual([`${origin}/rows?after=1`, 'https://elsewhere.test/rows'])
  })

  test('redirect: whoever does not follow it is not', async () => {
    const response = await under({ kind: 'redirect', to: 'https://elsewhere.test/rows' }, { redirect: 'manual' })
    expect(response.ok).toBe(false)
    expect(wire.sent).toHaveLength(1)
  })

  test('a fault ends with its call', async () => {
    await under({ kind: 'drop' }).catch(() => {})
    expect((await ask()).status).toBe(200)
  })
})

describe('a socket', () => {
  const open = async (): Promise<WebSocket> => {
    const socket = new WebSocket('wss://sockets.test/live?key=1', ['first', 'second'])
    socket.binaryType = 'arraybuffer'
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve)
      socket.addEventListener('error', reject)
    })
    return socket
  }
  const next = (socket: WebSocket): Promise<unknown> =>
    new Promise((resolve) => {
      socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => resolve(data), { once: true })
    })

  test('reaches the double with its address and protocols', async () => {
    await open()
    expect(sockets.map(({ url, protocols }) => [String(url), protocols])).toEqual([
      ['wss://sockets.test/live?key=1', ['first', 'second']],
    ])
  })

  test('carries text and bytes both ways', async () => {
    const socket = await open()
    const text = next(socket)
    socket.send('hello')
    expect(await text).toBe('hello')
    const bytes = next(socket)
    socket.send(new Uint8Array([1, 2, 255]))
    expect(new Uint8Array((await bytes) as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 255]))
  })

  test('is closed by the double with its code, and the double hears of a close', async () => {
    const socket = await open()
    const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener('close', resolve))
    sockets[0]?.close(4001, 'no more')
    expect(await closed).toMatchObject({ code: 4001, reason: 'no more' })
    const other = await open()
    const heard = new Promise<void>((resolve) => sockets[1]?.onClose(resolve))
    other.close()
    await heard
  })
})
