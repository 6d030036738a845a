import {
  type CallContext,
  type Env,
  type Feed,
  isSyncError,
  type PushOperation,
  platformEnv,
  type SyncError,
} from '@rowkeep/kernel'
import { type RestAdapter, type RestOptions, restAdapter } from '../../src/index.ts'

export const url = 'https://api.example.com/sync'
/** Long and odd enough to be found wherever it leaks. */
export const token = 'canary.eyJzdWIiOiJhZGEifQ.q-7|x'
export const feed: Feed = { id: 'notes@0', collections: ['notes', 'tasks'] }
export const ask = { feed, cursor: null, limit: 1000 } as const
export const page = {
  kind: 'snapshot',
  changes: [],
  cursor: 'c1',
  more: false,
  epoch: 'e1',
  now: 1_795_150_000_000,
} as const

/** Answers a request in the place of the network. */
export type Network = (request: Request) => Response | Promise<Response>

/** A call context over a made-up network; timers never fire unless the env says so. */
export function contextOf(network: Network, change: Partial<CallContext> = {}, env: Partial<Env> = {}): CallContext {
  const fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> =>
    network(new Request(input, init))
  return {
    user: 'ada',
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    env: { ...platformEnv, setTimer: () => () => undefined, fetch, ...env },
    ...change,
  }
}

export const adapterWith = (options: Partial<RestOptions> = {}): RestAdapter =>
  restAdapter({ url, token: () => token, ...options })

/** A JSON answer of the server. */
export const json = (body: unknown, init: ResponseInit = {}): Response => Response.json(body, init)

/** What a promise was rejected with, which must be a SyncError. */
export async function failureOf(work: Promise<unknown>): Promise<SyncError> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome && isSyncError(outcome.error)) return outcome.error
  throw new Error(
    `expected a SyncError, got ${JSON.stringify(outcome)} ${'error' in outcome ? String(outcome.error) : ''}`,
  )
}

/** An update of `notes/<id>`. */
export const operation = (id: string, change: Partial<PushOperation> = {}): PushOperation => ({
  opId: `00000000-0000-4000-8000-${id.padStart(12, '0')}`,
  kind: 'update',
  collection: 'notes',
  id,
  expected: '1',
  change: { set: { title: 'Mine' } },
  record: { id, title: 'Mine' },
  resend: false,
  ...change,
})

/** Everything an error shows: all own properties, also of its causes, and its stack. */
export function everythingIn(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 5) return String(error)
  const names = Object.getOwnPropertyNames(error)
  return names.map((name) => `${name}=${everythingIn((error as Record<string, unknown>)[name], depth + 1)}`).join('\n')
}
