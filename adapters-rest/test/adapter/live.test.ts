import type { CallContext, LiveEvent } from '@rowkeep/kernel'
import { describe, expect, test, vi } from 'vitest'
import { adapterWith, contextOf, feed, json, type Network, token, url } from './support.ts'

/** A stream that the test feeds, and the answer that carries it. */
function channel(): {
  answer: () => Response
  send(text: string): void
  end(): void
  fail(): void
  onCancel: () => void
} {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const onCancel = vi.fn()
  const body = new ReadableStream<Uint8Array>({
    start: (own) => {
      controller = own
    },
    cancel: onCancel,
  })
  return {
    answer: () => new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8' } }),
    send: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    end: () => controller?.close(),
    fail: () => controller?.error(new TypeError('terminated')),
    onCancel,
  }
}

/** Timers that fire when the test says so. */
function clock(): {
  setTimer: (ms: number, run: () => void) => () => void
  armed: () => readonly number[]
  fire(): void
} {
  const timers = new Map<object, { ms: number; run: () => void }>()
  return {
    setTimer: (ms, run) => {
      const key = {}
      timers.set(key, { ms, run })
      return () => timers.delete(key)
    },
    armed: () => [...timers.values()].map(({ ms }) => ms),
    fire: () => {
      for (const [key, { run }] of timers) if (timers.delete(key)) run()
    },
  }
}

interface Listening {
  readonly events: LiveEvent[]
  readonly stop: () => void
  readonly timers: ReturnType<typeof clock>
}
function listen(
  network: Network,
  change: Partial<CallContext> = {},
  react: (event: LiveEvent) => void = () => {},
): Listening {
  const events: LiveEvent[] = []
  const timers = clock()
  const hear = (event: LiveEvent): void => {
    events.push(event)
    react(event)
  }
  const stop = adapterWith().subscribe(feed, hear, contextOf(network, change, { setTimer: timers.setTimer }))
  return { events, stop, timers }
}
const up = 'event: up\ndata: {}\n\n'
const poke = 'event: poke\ndata: {}\n\n'
const kinds = ({ events }: Listening): readonly string[] => events.map(({ kind }) => kind)
const downOf = ({ events }: Listening): unknown => events.find(({ kind }) => kind === 'down')

describe('a live subscription', () => {
  test('asks for the collections of its feed, as its user', async () => {
    let sent: Request | undefined
    const { stop } = listen((request) => {
      sent = request
      return channel().answer()
    })
    await vi.waitFor(() => expect(sent).toBeDefined())
    stop()
    expect(sent?.method).toBe('GET')
    const asked = new URL(sent?.url ?? '')
    expect(asked.origin + asked.pathname).toBe(`${url}/live`)
    expect([...asked.searchParams]).toEqual([['collections', 'notes,tasks']])
    expect(sent?.headers.get('accept')).toBe('text/event-stream')
    expect(sent?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(sent?.headers.get('rowkeep-user')).toBe('ada')
    expect(sent?.url).not.toContain(token)
    expect(sent?.redirect).toBe('manual')
  })

  test('tells up once and every poke, and ignores other events', async () => {
    const line = channel()
    const live = listen(line.answer)
    line.send(`${up}: beat\n\n${poke}event: news\ndata: x\n\n${up}data: x\n\n`)
    line.send(poke.slice(0, 9))
    line.send(poke.slice(9))
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up', 'poke', 'poke']))
    live.stop()
  })

  test('tells nothing before it has returned', () => {
    const line = channel()
    line.send(up)
    const live = listen(line.answer)
    expect(kinds(live)).toEqual([])
    live.stop()
  })

  test.each<[string, (line: ReturnType<typeof channel>) => void, string]>([
    ['ends', (line) => line.end(), 'SYNC_NETWORK'],
    ['breaks', (line) => line.fail(), 'SYNC_NETWORK'],
    ['sends a line without an end', (line) => line.send('x'.repeat(70_000)), 'SYNC_PROTOCOL'],
  ])('tells one down when the stream %s', async (_, happen, code) => {
    const line = channel()
    const live = listen(line.answer)
    line.send(up)
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up']))
    happen(line)
    await vi.waitFor(() => expect(downOf(live)).toMatchObject({ kind: 'down', error: { code } }))
    expect(kinds(live)).toEqual(['up', 'down'])
    expect(live.timers.armed()).toEqual([])
  })

  test.each<[string, Network, string]>([
    ['401', () => new Response(null, { status: 401 }), 'SYNC_AUTH_REQUIRED'],
    ['403', () => new Response(null, { status: 403 }), 'SYNC_FORBIDDEN'],
    ['429', () => new Response(null, { status: 429, headers: { 'retry-after': '2' } }), 'SYNC_RATE_LIMITED'],
    ['503', () => new Response(null, { status: 503 }), 'SYNC_NETWORK'],
    ['JSON', () => json({}), 'SYNC_PROTOCOL'],
    [
      'a redirect',
      () => new Response(null, { status: 307, headers: { location: 'https://evil.example/' } }),
      'SYNC_PROTOCOL',
    ],
    ['nothing', () => Promise.reject(new TypeError('fetch failed')), 'SYNC_NETWORK'],
    [
      'a stream without a body',
      () => new Response(null, { headers: { 'content-type': 'text/event-stream' } }),
      'SYNC_NETWORK',
    ],
  ])('tells one down when the answer is %s', async (name, network, code) => {
    const live = listen(network)
    await vi.waitFor(() => expect(downOf(live)).toMatchObject({ error: { code } }))
    expect(kinds(live)).toEqual(['down'])
    if (name === '429') expect(downOf(live)).toMatchObject({ error: { retryAfterMs: 2000 } })
    expect(live.timers.armed()).toEqual([])
  })

  test('tells down after 60 s without a byte, and gives the connection up', async () => {
    const line = channel()
    const live = listen(line.answer)
    line.send(up)
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up']))
    expect(live.timers.armed()).toEqual([60_000])
    live.timers.fire()
    expect(downOf(live)).toMatchObject({ error: { code: 'SYNC_TIMEOUT' } })
    await vi.waitFor(() => expect(line.onCancel).toHaveBeenCalled())
    expect(kinds(live)).toEqual(['up', 'down'])
  })

  test('watches from the start, also while the server does not answer at all', () => {
    const live = listen(() => new Promise(() => {}))
    expect(live.timers.armed()).toEqual([60_000])
    live.timers.fire()
    expect(kinds(live)).toEqual(['down'])
  })

  test('starts the watch anew with every byte, a comment’s too', async () => {
    const line = channel()
    const set = vi.fn((_ms: number, _run: () => void) => () => undefined)
    const stop = adapterWith().subscribe(feed, () => {}, contextOf(line.answer, {}, { setTimer: set }))
    expect(set).toHaveBeenCalledTimes(1)
    line.send(': ')
    await vi.waitFor(() => expect(set).toHaveBeenCalledTimes(2))
    line.send('beat')
    await vi.waitFor(() => expect(set).toHaveBeenCalledTimes(3))
    stop()
  })

  test('tells nothing after it was ended, not even down, and gives the connection up', async () => {
    const line = channel()
    const live = listen(line.answer)
    line.send(up)
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up']))
    live.stop()
    live.stop()
    await vi.waitFor(() => expect(line.onCancel).toHaveBeenCalled())
    expect(kinds(live)).toEqual(['up'])
    expect(live.timers.armed()).toEqual([])
  })

  test('can be ended by its own listener, between two events of one chunk', async () => {
    const line = channel()
    const live: Listening = listen(line.answer, {}, ({ kind }) => {
      if (kind === 'poke') live.stop()
    })
    line.send(up + poke + poke + poke)
    await vi.waitFor(() => expect(line.onCancel).toHaveBeenCalled())
    expect(kinds(live)).toEqual(['up', 'poke'])
  })

  test('ended before the answer is there tells nothing of it', async () => {
    let answer: (response: Response) => void = () => {}
    const network = vi.fn(() => new Promise<Response>((resolve) => (answer = resolve)))
    const live = listen(network)
    await vi.waitFor(() => expect(network).toHaveBeenCalled())
    live.stop()
    const line = channel()
    line.send(up)
    answer(line.answer())
    await new Promise((resolve) => setImmediate(resolve))
    expect(kinds(live)).toEqual([])
  })

  test('leaves no timer behind, at whatever moment of an arriving chunk it is ended', async () => {
    for (let steps = 0; steps < 20; steps += 1) {
      const line = channel()
      const live = listen(line.answer)
      line.send(up)
      await vi.waitFor(() => expect(kinds(live)).toEqual(['up']))
      line.send(': beat')
      for (let step = 0; step < steps; step += 1) await Promise.resolve()
      live.stop()
      await vi.waitFor(() => expect(line.onCancel).toHaveBeenCalled())
      expect(live.timers.armed()).toEqual([])
    }
  })

  test('tells down when the signal of its context aborts', async () => {
    const line = channel()
    const end = new AbortController()
    const live = listen(line.answer, { signal: end.signal })
    line.send(up)
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up']))
    end.abort()
    await vi.waitFor(() => expect(downOf(live)).toMatchObject({ error: { code: 'SYNC_ABORTED' } }))
  })

  test('goes on when a listener throws, and says so with down', async () => {
    const line = channel()
    const live = listen(line.answer, {}, () => {
      throw new Error('listener broke')
    })
    line.send(up + poke)
    line.send(poke)
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up', 'poke', 'poke']))
    line.end()
    await vi.waitFor(() => expect(kinds(live)).toEqual(['up', 'poke', 'poke', 'down']))
    expect(downOf(live)).toMatchObject({ error: { details: { listenerError: 'Error: listener broke' } } })
  })

  test('is not sent where there is no token, and says so', async () => {
    const network = vi.fn(() => channel().answer())
    const events: LiveEvent[] = []
    adapterWith({ token: () => '' }).subscribe(feed, (event) => events.push(event), contextOf(network))
    await vi.waitFor(() => expect(events).toMatchObject([{ kind: 'down', error: { code: 'SYNC_AUTH_REQUIRED' } }]))
    expect(network).not.toHaveBeenCalled()
  })
})
