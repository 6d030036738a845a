import { once } from 'node:events'
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Env, platformEnv } from '@rowkeep/kernel'
import { afterEach, expect, it } from 'vitest'
import { nodeListener, type SyncHandler } from '../../src/server/index.ts'
import { adasHeaders, handlerOver, operationBody, pullBody, pushBody, recorder } from './calls.ts'

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  if (server) await once(server, 'close')
  server = undefined
})

const serve = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const postTo = (url: string, body: unknown): Promise<Response> =>
  fetch(url, { method: 'POST', headers: adasHeaders, body: JSON.stringify(body) })

it('serves pulls and pushes over node:http', async () => {
  const storage = recorder()
  const origin = await serve(nodeListener(handlerOver(storage)))
  expect(await (await postTo(`${origin}/sync/pull`, pullBody)).json()).toMatchObject({ kind: 'delta' })
  expect(await (await postTo(`${origin}/sync/push`, pushBody(operationBody))).json()).toEqual([{ kind: 'applied' }])
  expect(storage.pushes[0]?.request.operations[0]).toEqual(operationBody)
  expect((await fetch(`${origin}/sync/pull`)).headers.get('allow')).toBe('POST')
})

it('finds its path where a framework has cut it off', async () => {
  const listener = nodeListener(handlerOver(recorder()))
  const origin = await serve((incoming, outgoing) => {
    const cut = Object.assign(incoming, { originalUrl: incoming.url, url: incoming.url?.replace('/sync', '') })
    listener(cut, outgoing)
  })
  expect((await postTo(`${origin}/sync/pull`, pullBody)).status).toBe(200)
})

it('answers 413 to an upload without end, instead of reading it', async () => {
  const origin = await serve(nodeListener(handlerOver(recorder(), { limits: { requestBytes: 100_000 } })))
  const upload = httpRequest(`${origin}/sync/push`, { method: 'POST', headers: adasHeaders })
  upload.on('error', () => undefined)
  const answered = once(upload, 'response')
  // Twenty times the limit, and no end after it: a listener that collects the body first would never answer.
  let left = 200
  const chunk = new Uint8Array(10_000).fill(0x20)
  const pump = setInterval(() => left-- > 0 && upload.write(chunk), 1)
  const [response] = (await answered.finally(() => clearInterval(pump))) as [{ statusCode: number }]
  upload.destroy()
  expect(response.statusCode).toBe(413)
})

it('answers 413 to a client that sends the whole of a body too large', async () => {
  const origin = await serve(nodeListener(handlerOver(recorder(), { limits: { requestBytes: 100_000 } })))
  for (let time = 0; time < 5; time += 1) {
    const body = new Uint8Array(5_000_000).fill(0x20)
    const response = await fetch(`${origin}/sync/push`, { method: 'POST', headers: adasHeaders, body })
    expect(response.status).toBe(413)
    await response.body?.cancel()
  }
})

const listenAt = (origin: string, signal: AbortSignal): Promise<Response> =>
  fetch(`${origin}/sync/live?collections=notes`, { headers: adasHeaders, signal })

const readText = async (reader: ReadableStreamDefaultReader<Uint8Array> | undefined): Promise<string> =>
  new TextDecoder().decode((await reader?.read())?.value)

it('streams live events as they happen', async () => {
  const handler = handlerOver(recorder())
  const origin = await serve(nodeListener(handler))
  const reader = (await listenAt(origin, new AbortController().signal)).body?.getReader()
  expect(await readText(reader)).toContain('event: up')
  await postTo(`${origin}/sync/push`, pushBody(operationBody))
  expect(await readText(reader)).toContain('event: poke')
  await handler.close()
  expect((await reader?.read())?.done).toBe(true)
})

// No heartbeat comes to find out that nobody is there.
const stopped: Env = { ...platformEnv, setTimer: () => () => undefined }

it('lets a stream go when its client has gone', async () => {
  const handler: SyncHandler = handlerOver(recorder(), { env: stopped, limits: { streams: 1 } })
  const origin = await serve(nodeListener(handler))
  const gone = new AbortController()
  const first = await listenAt(origin, gone.signal)
  await readText(first.body?.getReader())
  gone.abort()
  const again = async (): Promise<Response> => {
    const response = await listenAt(origin, new AbortController().signal)
    if (response.status !== 503) return response
    await response.body?.cancel()
    return again()
  }
  expect((await again()).status).toBe(200)
  await handler.close()
})
