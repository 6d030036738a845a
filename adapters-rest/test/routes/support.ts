import type { JsonObject, PullRequest, PushOperation, PushVerdict, RemoteAdapter } from '@rowkeep/kernel'
import { type RestOptions, restAdapter } from '../../src/index.ts'
import { ifMatch, type PlainOptions, plainRoutes } from '../../src/routes/index.ts'
import { contextOf, type Network } from '../adapter/support.ts'

export const url = 'https://api.example.com/v1'
export const token = 'canary.eyJzdWIiOiJhZGEifQ.q-7|x'

/** An adapter for `notes` at `/notes`, signed in as ada, that writes with versions unless told otherwise. */
export const plain = (routes: Partial<PlainOptions> = {}, options: Partial<RestOptions> = {}): RemoteAdapter =>
  restAdapter({
    url,
    ...options,
    routes: plainRoutes({
      collections: { notes: { path: '/notes' } },
      session: () => ({ user: 'ada', token }),
      writes: ifMatch(),
      ...routes,
    }),
  })

/** A network that answers with these in turn, the last one again and again, and remembers what was asked. */
export function script(...answers: readonly (() => Response)[]): { network: Network; sent: Request[] } {
  const sent: Request[] = []
  const network = (request: Request): Response => {
    sent.push(request)
    const answer = answers[Math.min(sent.length, answers.length) - 1]
    if (answer === undefined) throw new Error('nothing was to be sent')
    return answer()
  }
  return { network, sent }
}

/** A request in short. */
export const brief = ({ method, url: asked, headers }: Request): string => {
  const preconditions = ['if-match', 'if-none-match'].flatMap((name) => {
    const value = headers.get(name)
    return value === null ? [] : [`${name}: ${value}`]
  })
  return [method, asked.replace(url, ''), ...preconditions].join(' ')
}

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): (() => Response) =>
  () =>
    new Response(null, { status: code, headers })

export const answer =
  (body: unknown, code = 200, headers: Readonly<Record<string, string>> = {}): (() => Response) =>
  () =>
    Response.json(body, { status: code, headers })

export const note = (change: Partial<PushOperation> = {}): PushOperation => ({
  opId: '00000000-0000-4000-8000-000000000001',
  kind: 'update',
  collection: 'notes',
  id: 'n1',
  expected: '4',
  change: { set: { title: 'Mine' } },
  record: { id: 'n1', title: 'Mine' },
  resend: false,
  ...change,
})

export const row = (version: number | string, change: JsonObject = {}): JsonObject => ({
  id: 'n1',
  title: 'Theirs',
  version,
  ...change,
})

/** Pushes one operation. */
export async function pushOne(
  adapter: RemoteAdapter,
  operation: PushOperation,
  network: Network,
): Promise<PushVerdict> {
  const [verdict] = await adapter.push({ operations: [operation], atomic: false }, contextOf(network))
  if (verdict === undefined) throw new Error('no verdict')
  return verdict
}

export const pullOf = (cursor: string | null = null, limit = 10): PullRequest => ({
  feed: { id: 'notes@0', collections: ['notes'] },
  cursor,
  limit,
})
