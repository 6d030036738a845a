import {
  type CallContext,
  type Feed,
  type PullPage,
  type PushOperation,
  type PushVerdict,
  platformEnv,
} from '@rowkeep/kernel'
import type { DoubleSocket } from '@rowkeep/kernel/testing'
import { createClient, type SupabaseClient, type SupabaseClientOptions } from '@supabase/supabase-js'
import { WebSocket } from 'ws'
import { type SupabaseAdapter, type SupabaseOptions, supabaseAdapter } from '../src/index.ts'
import { type SupabaseDouble, signedIn } from '../src/testing/index.ts'

globalThis.WebSocket ??= WebSocket as unknown as typeof globalThis.WebSocket

/** A request as the client sent it. */
interface Sent {
  readonly method: string
  readonly path: string
  readonly params: URLSearchParams
  readonly headers: Headers
  readonly body: unknown
  readonly redirect: string
}

/** A client over a double, with a record of what it sent. */
export interface Bench {
  readonly client: SupabaseClient
  readonly sent: readonly Sent[]
  /** Answers the next requests in the double's place, one each; `undefined`: lets the double answer. */
  readonly instead: ((request: Request) => Promise<Response> | Response | undefined)[]
}

/** The app's client, signed in as the user, its requests answered by the double. */
export function bench(double: SupabaseDouble, user = 'ada', options: SupabaseClientOptions<'public'> = {}): Bench {
  const sent: Sent[] = []
  const instead: ((request: Request) => Promise<Response> | Response | undefined)[] = []
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    const { pathname, searchParams } = new URL(request.url)
    const text = await request.clone().text()
    const body: unknown = text === '' ? undefined : JSON.parse(text)
    const { method, headers, redirect } = request
    sent.push({ method, path: pathname, params: searchParams, headers, body, redirect })
    return (await instead.shift()?.(request)) ?? double.fetch(request)
  }
  const client = createClient(double.origin, double.key, { ...signedIn(user), global: { fetch }, ...options })
  return { client, sent, instead }
}

/** A call of the kernel's. */
export const call = (change: Partial<CallContext> = {}): CallContext => ({
  user: 'ada',
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  env: platformEnv,
  ...change,
})

export const notes: Feed = { id: 'notes@0000000000000000', collections: ['notes'] }

/** A page that is not `expired`. */
export type Listed = Exclude<PullPage, { kind: 'expired' }>

/** One page. */
export async function page(
  adapter: SupabaseAdapter,
  cursor: string | null,
  { limit = 100, feed = notes, context = call() }: { limit?: number; feed?: Feed; context?: CallContext } = {},
): Promise<Listed> {
  const answer = await adapter.pull({ feed, cursor, limit }, context)
  if (answer.kind === 'expired') throw new Error('expired')
  return answer
}

/** The pages of a run. */
export async function run(
  adapter: SupabaseAdapter,
  cursor: string | null,
  options: { limit?: number; feed?: Feed; context?: CallContext } = {},
): Promise<{ kinds: readonly string[]; changes: readonly string[]; cursor: string | null }> {
  const kinds: string[] = []
  const changes: string[] = []
  let at = cursor
  for (;;) {
    const next = await page(adapter, at, options)
    kinds.push(next.kind)
    changes.push(...next.changes.map(({ kind, id }) => `${kind} ${id}`))
    at = next.cursor
    if (!next.more) return { kinds, changes, cursor: at }
  }
}

let operations = 0

/** An operation on `notes`. */
export function operation(change: Partial<PushOperation>): PushOperation {
  operations += 1
  return {
    opId: `00000000-0000-4000-8000-${String(operations).padStart(12, '0')}`,
    kind: 'create',
    collection: 'notes',
    id: 'n1',
    expected: null,
    change: {},
    record: null,
    resend: false,
    ...change,
  }
}

/** The verdict on one operation. */
export async function verdict(adapter: SupabaseAdapter, change: Partial<PushOperation>): Promise<PushVerdict> {
  const [one] = await adapter.push({ operations: [operation(change)], atomic: false }, call())
  if (!one) throw new Error('no verdict')
  return one
}

/** The revision of a row of `notes` as a listing gives it. */
export async function revisionOf(adapter: SupabaseAdapter, id: string): Promise<string> {
  const { changes } = await page(adapter, null)
  const found = changes.find((change) => change.id === id)
  if (found?.kind !== 'record' || found.revision === null) throw new Error(`no ${id}`)
  return found.revision
}

/** An adapter over a double. */
export function over(double: SupabaseDouble, options: SupabaseOptions = {}): Bench & { adapter: SupabaseAdapter } {
  const made = bench(double)
  return { ...made, adapter: supabaseAdapter(made.client, options) }
}

/** The client's end of a socket whose other end is a double, without a network. */
export function transportTo(double: SupabaseDouble): {
  transport: typeof globalThis.WebSocket
  /** Breaks every socket, as a server does that goes away. */
  cut(): void
  /** From now on nothing comes through, and nobody says so. */
  mute(): void
} {
  const open = new Set<LinkedSocket>()
  let muted = false
  class LinkedSocket {
    binaryType = 'arraybuffer'
    readyState = 0
    onopen: ((event: object) => void) | null = null
    onmessage: ((event: object) => void) | null = null
    onclose: ((event: object) => void) | null = null
    onerror: ((event: object) => void) | null = null
    readonly bufferedAmount = 0
    readonly #heard: ((data: string) => void)[] = []
    readonly #gone: (() => void)[] = []
    constructor(address: string) {
      open.add(this)
      const socket: DoubleSocket = {
        url: new URL(address),
        protocols: [],
        send: (data) => queueMicrotask(() => !muted && this.onmessage?.({ data })),
        onMessage: (listener) => this.#heard.push(listener),
        onClose: (listener) => this.#gone.push(listener),
        close: (code = 1000) => this.close(code),
      }
      queueMicrotask(() => {
        this.readyState = 1
        double.socket(socket)
        this.onopen?.({})
      })
    }
    send(data: string): void {
      if (!muted) for (const listener of this.#heard) listener(data)
    }
    close(code = 1000): void {
      if (this.readyState === 3) return
      this.readyState = 3
      open.delete(this)
      for (const listener of this.#gone) listener()
      queueMicrotask(() => this.onclose?.({ code, reason: '', wasClean: code === 1000 }))
    }
  }
  return {
    transport: LinkedSocket as unknown as typeof globalThis.WebSocket,
    cut() {
      for (const socket of [...open]) socket.close(1011)
    },
    mute: () => {
      muted = true
    },
  }
}
