import { restAdapter } from '@rowkeep/adapters-rest'
import { ifMatch, listing, plainRoutes } from '@rowkeep/adapters-rest/routes'
import {
  type CallContext,
  type Env,
  type JsonObject,
  type PullPage,
  type PushOperation,
  type PushVerdict,
  platformEnv,
  type RemoteAdapter,
} from '@rowkeep/kernel'
import { timeoutMs } from '../served.ts'
import { withDocuments } from './folder.ts'

/** One folder of ada's at armadietto. */
export interface World {
  readonly env: Env
  adapter(): RemoteAdapter
  /** Takes away the answers to so many of the next writes; the writes themselves arrive. */
  loseAnswers(count: number): void
  /** What is really there, read without the adapter. */
  documents(): Promise<readonly JsonObject[]>
}

const byId = (a: JsonObject, b: JsonObject): number => (String(a['id']) < String(b['id']) ? -1 : 1)

/** A fresh folder. */
export function worldOf(origin: string, token: string): World {
  const path = `/storage/ada/${crypto.randomUUID()}/`
  let losing = 0
  const fetch: Env['fetch'] = async (input, init) => {
    const request = new Request(input, init)
    const answer = await platformEnv.fetch(request, init)
    if (request.method === 'GET' || losing === 0) return answer
    losing -= 1
    await answer.body?.cancel()
    throw new TypeError('the answer was lost')
  }
  const env = { ...platformEnv, fetch: withDocuments(fetch) }
  return {
    env,
    adapter: () =>
      restAdapter({
        url: origin,
        routes: plainRoutes({
          collections: { notes: { path, item: `${path}{id}` } },
          session: () => ({ user: 'ada', token }),
          feed: listing(),
          writes: ifMatch({ revision: 'etag' }),
        }),
      }),
    loseAnswers(count) {
      losing = count
    },
    async documents() {
      const signal = AbortSignal.timeout(timeoutMs)
      const answer = await env.fetch(origin + path, { headers: { authorization: `Bearer ${token}` }, signal })
      const rows = (await answer.json()) as readonly JsonObject[]
      return rows.map(({ etag: _, ...record }) => record).sort(byId)
    },
  }
}

const contextOf = ({ env }: World): CallContext => ({
  user: 'ada',
  signal: AbortSignal.timeout(timeoutMs),
  timeoutMs,
  env,
})

/** An operation on the note `n1`. */
export const operation = (fields: Partial<PushOperation>): PushOperation => ({
  opId: crypto.randomUUID(),
  kind: 'update',
  collection: 'notes',
  id: 'n1',
  expected: null,
  change: {},
  record: null,
  resend: false,
  ...fields,
})

/** Pushes one operation. @throws Error where there is no verdict */
export async function pushOne(world: World, adapter: RemoteAdapter, one: PushOperation): Promise<PushVerdict> {
  const [verdict] = await adapter.push({ operations: [one], atomic: false }, contextOf(world))
  if (verdict === undefined) throw new Error('no verdict')
  return verdict
}

/** Pulls one page. */
export const pullPage = (world: World, adapter: RemoteAdapter, cursor: string | null = null): Promise<PullPage> =>
  adapter.pull({ feed: { id: 'notes@0', collections: ['notes'] }, cursor, limit: 100 }, contextOf(world))
