import { readFile } from 'node:fs/promises'
import type { Backend, RemoteHarness } from '@rowkeep/conformance-tests'
import { isSyncError, type PushOperation, platformEnv, type SyncErrorCode } from '@rowkeep/kernel'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { describe, expect, it } from 'vitest'
import { harness as appsync } from '../../adapters-appsync/test/conformance.ts'
import { harness as firestore } from '../../adapters-firestore/test/conformance.ts'
import { harness as rest } from '../../adapters-rest/test/conformance.ts'
import { kit as supabase } from '../../adapters-supabase/test/conformance.ts'

type Answer = () => Promise<Response>
/** What becomes of an answer on its way; the server has done its work where it asks for it. */
type Fault = (answer: Answer, backend: Backend) => Promise<Response>

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Fault =>
  async (_, { wording }) =>
    HttpResponse.json(wording?.(code) ?? { message: `answered ${code} on purpose` }, { status: code, headers })

const html: Fault = async (answer) => {
  await answer()
  return HttpResponse.html('<!doctype html><title>Welcome</title>')
}
const truncated: Fault = async (answer) => {
  const response = await answer()
  const text = await response.text()
  const type = response.headers.get('content-type') ?? 'application/json'
  return new Response(text.slice(0, Math.floor(text.length / 2)), { headers: { 'content-type': type } })
}
const reset: Fault = async (answer) => {
  await answer()
  return HttpResponse.error()
}
const silence: Fault = async (answer) => {
  await answer()
  return new Promise<never>(() => {})
}

interface Expected {
  readonly fault: Fault
  readonly pull: SyncErrorCode
  /** Where it is not that of the pull. */
  readonly push?: SyncErrorCode
  readonly retryAfterMs?: number | undefined
}

/** The one table: what happened on the wire, and the code it has on every backend. */
const table: Readonly<Record<string, Expected>> = {
  '401': { fault: status(401), pull: 'SYNC_AUTH_REQUIRED' },
  '403': { fault: status(403), pull: 'SYNC_FORBIDDEN' },
  '404': { fault: status(404), pull: 'SYNC_PROTOCOL' },
  '412': { fault: status(412), pull: 'SYNC_PROTOCOL' },
  '413': { fault: status(413), pull: 'SYNC_TOO_LARGE' },
  '429': { fault: status(429), pull: 'SYNC_RATE_LIMITED' },
  '429 with Retry-After': {
    fault: status(429, { 'retry-after': '7' }),
    pull: 'SYNC_RATE_LIMITED',
    retryAfterMs: 7000,
  },
  '500': { fault: status(500), pull: 'SYNC_NETWORK', push: 'SYNC_OUTCOME_UNKNOWN' },
  '503': { fault: status(503), pull: 'SYNC_NETWORK', push: 'SYNC_OUTCOME_UNKNOWN' },
  'a 200 of HTML': { fault: html, pull: 'SYNC_PROTOCOL' },
  'a truncated body': { fault: truncated, pull: 'SYNC_PROTOCOL' },
  'a connection that breaks after the effect': { fault: reset, pull: 'SYNC_NETWORK' },
  'a timeout after the effect': { fault: silence, pull: 'SYNC_TIMEOUT' },
}

/**
 * What an SDK does not let an adapter see. Firestore's lite SDK has one code for every 4xx it does not know, one for a 500 and a
 * lost connection, and shows no header.
 */
const hidden: Readonly<Record<string, Readonly<Record<string, Partial<Expected>>>>> = {
  firestore: {
    '413': { pull: 'SYNC_PROTOCOL' },
    '429 with Retry-After': { retryAfterMs: undefined },
    '500': { push: 'SYNC_NETWORK' },
    '503': { push: 'SYNC_NETWORK' },
  },
}

const creation: PushOperation = {
  opId: '5b2c0f6e-5f0b-4a57-9d0e-0a1b2c3d4e5f',
  kind: 'create',
  collection: 'notes',
  id: 'n1',
  expected: null,
  change: { set: { id: 'n1', title: 'mine' } },
  record: { id: 'n1', title: 'mine' },
  resend: false,
}
const feed = { id: 'notes@0000000000000000', collections: ['notes'] }

interface Ended {
  readonly code: string
  readonly retryAfterMs: number | undefined
}

/** How a call ended, whether it was told by a throw or by a verdict. */
async function endOf(call: (signal: AbortSignal) => Promise<unknown>): Promise<Ended> {
  const late = AbortSignal.timeout(2_500)
  try {
    const value = await call(late)
    const [verdict] = Array.isArray(value) ? value : []
    return { code: verdict?.error?.code ?? verdict?.kind ?? 'no error', retryAfterMs: verdict?.error?.retryAfterMs }
  } catch (thrown) {
    if (!isSyncError(thrown)) throw thrown
    return { code: thrown.code, retryAfterMs: thrown.retryAfterMs }
  }
}

async function under(harness: RemoteHarness, fault: Fault): Promise<readonly [pull: Ended, push: Ended]> {
  const backend = await harness.backend()
  const server = setupServer(http.all(/.*/, ({ request }) => fault(() => backend.fetch(request), backend)))
  server.listen({ onUnhandledRequest: 'error' })
  const adapter = harness.adapter(backend, { user: 'ada', token: () => 'token-of-ada', env: platformEnv })
  try {
    const context = (signal: AbortSignal) => ({ user: 'ada', signal, timeoutMs: 2_500, env: platformEnv })
    return [
      await endOf((signal) => adapter.pull({ feed, cursor: null, limit: 10 }, context(signal))),
      await endOf((signal) => adapter.push({ operations: [creation], atomic: false }, context(signal))),
    ]
  } finally {
    if ('close' in adapter && typeof adapter.close === 'function') await adapter.close()
    await backend.close?.()
    server.close()
  }
}

it('is the table of the documentation', async () => {
  const text = await readFile(new URL('../../kernel/README.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf('### Faults on the wire')).split('## Contracts')[0] ?? ''
  const rows = [...section.matchAll(/^\| (.+) \| `(SYNC_\w+)` \| `(SYNC_\w+)` \|$/gm)].map(([, ...cells]) => cells)
  expect(rows).toEqual(Object.entries(table).map(([name, { pull, push = pull }]) => [name, pull, push]))
})

describe.each([rest, supabase, firestore, appsync])('over $name', (harness) => {
  it.each(Object.entries(table))('%s has the code it has everywhere', async (name, expected) => {
    const { fault, pull, push = pull, retryAfterMs } = { ...expected, ...hidden[harness.name]?.[name] }
    expect(await under(harness, fault)).toEqual([
      { code: pull, retryAfterMs },
      { code: push, retryAfterMs },
    ])
  })
})
