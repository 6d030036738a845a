import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JsonObject } from '@rowkeep/kernel'
import type { FirestoreDouble } from '../src/testing/index.ts'

/** One call of the REST API, as the SDK sent it. */
interface Call {
  /** `commit`, `runQuery`, ..., or `Listen` and `Write` for channels. */
  readonly verb: string
  /** Path behind the origin, decoded. */
  readonly path: string
  readonly headers: Headers
  readonly body: JsonObject
}

/** A double behind a socket of this machine, and what went over it. */
export interface Served {
  readonly origin: string
  readonly calls: Call[]
  /** Answers in the place of the double: a response; `'lost'`, after the double; `'dropped'`, instead of it. */
  fault: ((call: Call) => Response | 'lost' | 'dropped' | undefined) | undefined
  close(): Promise<void>
}

async function requestOf(message: IncomingMessage, origin: string): Promise<Request> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  const body = Buffer.concat(parts)
  const headers = Object.entries(message.headers).map(([name, value]): [string, string] => [name, String(value)])
  const { method = 'GET', url = '/' } = message
  return new Request(origin + url, { method, headers, ...(body.length > 0 ? { body } : {}) })
}

async function answer(response: Response, to: ServerResponse): Promise<void> {
  to.writeHead(response.status, Object.fromEntries(response.headers))
  to.flushHeaders()
  const reader = response.body?.getReader()
  to.on('close', () => void reader?.cancel().catch(() => undefined))
  for (let part = await reader?.read(); part && !part.done; part = await reader?.read()) to.write(part.value)
  to.end()
}

async function callOf(request: Request): Promise<Call> {
  const { pathname } = new URL(request.url)
  const channel = /Firestore\/(Listen|Write)\/channel$/.exec(pathname)?.[1]
  const text = channel === undefined ? await request.clone().text() : ''
  return {
    verb: channel ?? pathname.split(':').at(-1) ?? '',
    path: decodeURIComponent(pathname),
    headers: request.headers,
    body: text === '' ? {} : (JSON.parse(text) as JsonObject),
  }
}

/** Serves a double at a free port of 127.0.0.1. */
export async function serve(double: Pick<FirestoreDouble, 'fetch'>): Promise<Served> {
  const served: Served = { origin: '', calls: [], fault: undefined, close: async () => undefined }
  const server = createServer((message, to) => {
    const respond = async (): Promise<void> => {
      const request = await requestOf(message, served.origin)
      const call = await callOf(request)
      served.calls.push(call)
      const fault = served.fault?.(call)
      if (fault instanceof Response) return answer(fault, to)
      if (fault !== 'dropped') {
        const response = await double.fetch(request)
        if (fault !== 'lost') return answer(response, to)
      }
      message.socket.destroy()
    }
    respond().catch(() => message.socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return Object.assign(served, { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close })
}
