import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type CallContext, type LiveEvent, platformEnv } from '@rowkeep/kernel'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type RestAdapter, restAdapter } from '../../src/index.ts'
import { ask, everythingIn, failureOf, feed, operation, page, token } from './support.ts'

setFlagsFromString('--expose-gc')
/** Node's Request holds on to its signal only as long as somebody holds on to the Request. */
const collectGarbage = runInNewContext('gc') as () => void

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function portOf(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}
async function adapterOf(listener: RequestListener): Promise<RestAdapter> {
  return restAdapter({ url: `http://127.0.0.1:${await portOf(listener)}/sync`, token: () => token })
}
const context = (signal: AbortSignal = new AbortController().signal): CallContext => ({
  user: 'ada',
  signal,
  timeoutMs: 10_000,
  env: platformEnv,
})
const push = { operations: [operation('1')], atomic: false }

describe('over a real socket', () => {
  test('pulls and pushes', async () => {
    const adapter = await adapterOf((request, response) => {
      const verdicts = [{ kind: 'applied' }]
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(request.url === '/sync/pull' ? page : verdicts))
    })
    expect(await adapter.pull(ask, context())).toEqual(page)
    expect(await adapter.push(push, context())).toEqual([{ kind: 'applied' }])
  })

  test('knows that nothing was sent where nobody listens', async () => {
    const port = await portOf(() => {})
    await new Promise((resolve) => servers.pop()?.close(resolve))
    for (const host of ['127.0.0.1', 'localhost', 'no-such-host.invalid']) {
      const adapter = restAdapter({ url: `http://${host}:${port}/sync`, token: () => token })
      const error = await failureOf(adapter.pull(ask, context()))
      expect(error.code).toBe('SYNC_NETWORK')
      expect(everythingIn(error)).not.toContain(token)
      const verdicts = await adapter.push(push, context())
      expect(verdicts).toMatchObject([{ kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_NETWORK' } }])
    }
  })

  test.each<[string, RequestListener]>([
    ['resets after the request', (request) => void request.on('data', () => request.socket.resetAndDestroy())],
    ['closes without an answer', (request) => void request.on('data', () => request.socket.destroy())],
    [
      'cuts the body',
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' })
        response.write('[{"kind"', () => response.socket?.destroy())
      },
    ],
  ])('leaves a push unknown when the server %s', async (_, listener) => {
    const adapter = await adapterOf(listener)
    expect((await failureOf(adapter.push(push, context()))).code).toBe('SYNC_NETWORK')
    expect((await failureOf(adapter.pull(ask, context()))).code).toBe('SYNC_NETWORK')
  })

  test.each<[string, RequestListener]>([
    ['never answers', () => {}],
    [
      'stops in the middle of its answer',
      (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('['),
    ],
  ])('hangs up when the deadline passes and the server %s', async (_, listener) => {
    const closed = vi.fn()
    const arrived = vi.fn()
    const adapter = await adapterOf((request, response) => {
      arrived()
      response.on('close', closed)
      listener(request, response)
    })
    const stop = new AbortController()
    const work = failureOf(adapter.push(push, context(stop.signal)))
    await vi.waitFor(() => expect(arrived).toHaveBeenCalled())
    collectGarbage()
    stop.abort(new DOMException('deadline', 'TimeoutError'))
    expect((await work).code).toBe('SYNC_TIMEOUT')
    await vi.waitFor(() => expect(closed).toHaveBeenCalled())
  })

  test('does not follow a redirect, and sends the token nowhere else', async () => {
    const elsewhere = vi.fn()
    const port = await portOf((_, response) => {
      elsewhere()
      response.end()
    })
    const adapter = await adapterOf(
      (_, response) => void response.writeHead(307, { location: `http://127.0.0.1:${port}/steal` }).end(),
    )
    const error = await failureOf(adapter.pull(ask, context()))
    expect(error.code).toBe('SYNC_PROTOCOL')
    expect(error.message).toContain(`http://127.0.0.1:${port}`)
    expect((await failureOf(adapter.push(push, context()))).code).toBe('SYNC_PROTOCOL')
    expect(elsewhere).not.toHaveBeenCalled()
  })

  test('listens, and hangs up when it is ended', async () => {
    const closed = vi.fn()
    const adapter = await adapterOf((_, response) => {
      response.on('close', closed)
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: up\r\ndata: {}\r\n\r\nevent: poke\r\ndata: {}\r\n\r\n')
    })
    const events: LiveEvent[] = []
    const stop = adapter.subscribe(feed, (event) => events.push(event), context())
    await vi.waitFor(() => expect(events).toEqual([{ kind: 'up' }, { kind: 'poke' }]))
    expect(closed).not.toHaveBeenCalled()
    stop()
    await vi.waitFor(() => expect(closed).toHaveBeenCalled())
    expect(events).toHaveLength(2)
  })

  test('tells down when the server goes away', async () => {
    const adapter = await adapterOf((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('event: up\ndata: {}\n\n', () => response.socket?.resetAndDestroy())
    })
    const events: LiveEvent[] = []
    adapter.subscribe(feed, (event) => events.push(event), context())
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ kind: 'down', error: { code: 'SYNC_NETWORK' } }))
    expect(events.map(({ kind }) => kind).filter((kind) => kind === 'down')).toHaveLength(1)
  })
})
