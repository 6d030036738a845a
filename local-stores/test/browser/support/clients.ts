import {
  createSyncClient,
  type PullRequest,
  type PushRequest,
  type RemoteAdapter,
  record,
  type SyncClient,
} from '@rowkeep/kernel'
import { TestServer } from '../../../../kernel/test/support/server.ts'
import type { StoreModule } from './writers.ts'

/** A question to the server, which lives in the page that runs the test. */
export interface Question {
  readonly id: string
  readonly tab: string
  readonly call: 'pull' | 'push'
  readonly request: PullRequest | PushRequest
}

/** Its answer; without one the server was out of reach. */
export interface Answer {
  readonly answers: string
  readonly result?: unknown
}

/** The channel between the tabs of a place and their server. */
export const wireOf = (place: string): BroadcastChannel => new BroadcastChannel(`${place}/server`)

function remoteAt(place: string, tab: string): RemoteAdapter {
  const wire = wireOf(place)
  const waiting = new Map<string, (answer: Answer) => void>()
  wire.onmessage = ({ data }: MessageEvent<Partial<Answer>>) => {
    if (data.answers !== undefined) waiting.get(data.answers)?.(data as Answer)
  }
  const ask = async (call: Question['call'], request: Question['request']): Promise<never> => {
    const id = crypto.randomUUID()
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve)
      wire.postMessage({ id, tab, call, request } satisfies Question)
    })
    waiting.delete(id)
    if (!answer.result) throw new Error('out of reach')
    return answer.result as never
  }
  const { name, capabilities } = new TestServer().adapter({ live: 'none' })
  return {
    name,
    capabilities,
    pull: (request) => ask('pull', request),
    push: (request) => ask('push', request),
  }
}

const collections = { tasks: record<{ id: string; title: string }>() }

/** The one client of this tab. */
let client: SyncClient<typeof collections> | undefined

function opened(): SyncClient<typeof collections> {
  if (client) return client
  throw new Error('this tab has no client')
}

/** Makes the client of this tab, over the store that the module at `url` makes, and starts it. */
export async function openClient(url: string, place: string, tab: string): Promise<void> {
  const { storeAt } = (await import(/* @vite-ignore */ url)) as StoreModule
  const remote = remoteAt(place, tab)
  client = createSyncClient({ collections, store: storeAt(place), remote, pullIntervalMs: 1000, retryMaxMs: 1000 })
  await client.start()
}

/** Writes so many records, each as a write of its own. */
export async function writeMany(tab: string, count: number): Promise<void> {
  const { tasks } = opened().collections
  for (let n = 0; n < count; n += 1) await tasks.create({ id: `${tab}-${n}`, title: tab })
}

/** How the client stands, in one text. */
export async function standing(): Promise<string> {
  const { state, pending, writes } = opened().status.getSnapshot() ?? {}
  const { tasks } = opened().collections
  return `${state}, ${pending} pending, ${writes?.accepted} accepted, ${writes?.applied} applied, ${await tasks.count()} rows`
}
