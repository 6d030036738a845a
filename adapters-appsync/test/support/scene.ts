import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext, Hub } from '@aws-amplify/core'
import {
  type CallContext,
  type Cursor,
  type Feed,
  type JsonObject,
  type PullPage,
  type PushOperation,
  type PushVerdict,
  platformEnv,
} from '@rowkeep/kernel'
import { type AppsyncAdapter, type AppsyncClient, type AppsyncOptions, appsyncAdapter } from '../../src/index.ts'
import { type AppsyncDouble, type AppsyncDoubleOptions, appsyncDouble, doubleApiKey } from '../../src/testing/index.ts'
import { models } from '../conformance.ts'
import { type Network, networkTo } from './network.ts'

/** A device of ada's before a double, with Amplify's client between them. */
export interface Scene {
  readonly double: AppsyncDouble
  readonly network: Network
  readonly adapter: AppsyncAdapter
  /** Another device. */
  device(options?: Partial<AppsyncOptions>): AppsyncAdapter
  close(): Promise<void>
}

const token = (text: string): { toString(): string; payload: JsonObject } => ({ toString: () => text, payload: {} })

/** Amplify's client of an API. Its session is ada's. */
export function clientOf(origin: string, session = 'token-of-ada'): AppsyncClient {
  const GraphQL = {
    endpoint: `${origin}/graphql`,
    region: 'eu-west-1',
    apiKey: doubleApiKey,
    defaultAuthMode: 'userPool' as const,
  }
  const tokenProvider = { getTokens: async () => ({ accessToken: token(session), idToken: token(session) }) }
  return generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, { Auth: { tokenProvider } } as never) })
}

export function scene(options: AppsyncDoubleOptions = {}): Scene {
  const double = appsyncDouble(options)
  const network = networkTo(double)
  const device = (more: Partial<AppsyncOptions> = {}): AppsyncAdapter =>
    appsyncAdapter({
      client: clientOf(double.origin),
      api: double.origin,
      models,
      session: () => ({ user: 'ada', token: 'token-of-ada' }),
      hub: Hub,
      ...more,
    })
  return {
    double,
    network,
    adapter: device(),
    device,
    async close() {
      await double.close()
      network.restore()
    },
  }
}

export const context = (change: Partial<CallContext> = {}): CallContext => ({
  user: 'ada',
  signal: new AbortController().signal,
  timeoutMs: 10_000,
  env: platformEnv,
  ...change,
})

export const notes: Feed = { id: 'notes@0000000000000000', collections: ['notes'] }

/** A page that is not `expired`. */
export type Listed = Exclude<PullPage, { kind: 'expired' }>

/** All pages of a run. */
export async function run(
  adapter: AppsyncAdapter,
  cursor: Cursor | null = null,
  limit = 100,
  feed = notes,
): Promise<readonly Listed[]> {
  const pages: Listed[] = []
  for (let at = cursor; ; ) {
    const page = await adapter.pull({ feed, cursor: at, limit }, context())
    if (page.kind === 'expired') throw new Error('the cursor is expired')
    pages.push(page)
    if (!page.more) return pages
    at = page.cursor
  }
}

/** An operation of `notes`. */
export const operation = (change: Partial<PushOperation> & Pick<PushOperation, 'kind'>): PushOperation => ({
  opId: crypto.randomUUID(),
  collection: 'notes',
  id: 'n1',
  expected: null,
  change: {},
  record: null,
  resend: false,
  ...change,
})

export const creation = (
  row: JsonObject & { readonly id: string },
  change: Partial<PushOperation> = {},
): PushOperation => operation({ kind: 'create', id: row.id, change: { set: row }, record: row, ...change })

/** The verdict on one operation. */
export async function pushed(adapter: AppsyncAdapter, one: PushOperation): Promise<PushVerdict> {
  const [verdict] = await adapter.push({ operations: [one], atomic: false }, context())
  if (!verdict) throw new Error('no verdict')
  return verdict
}
