import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext } from '@aws-amplify/core'
import { appsyncAdapter } from '@rowkeep/adapters-appsync'
import { appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import { restAdapter } from '@rowkeep/adapters-rest'
import { restDouble } from '@rowkeep/adapters-rest/testing'
import { supabaseAdapter } from '@rowkeep/adapters-supabase'
import { syncKit } from '@rowkeep/adapters-supabase/kit'
import { supabaseKitDouble } from '@rowkeep/adapters-supabase/testing'
import type { JsonObject, RemoteAdapter } from '@rowkeep/kernel'
import type { Double } from '@rowkeep/kernel/testing'
import { createClient } from '@supabase/supabase-js'
import { WebSocket } from 'ws'
import { onLoopback } from '../support/loopback.ts'

/** What one request said. */
interface Heard {
  readonly url: string
  /** Of the credentials; `undefined`: there were none. */
  readonly user: string | undefined
  readonly body: string
}

/** Answers in the place of the backend, or lets it answer. */
type Fault = (heard: Heard) => Response | undefined | Promise<Response | undefined>

/** A backend of two users on loopback, the app's session with it, and all that goes over the wire. */
export interface Place {
  readonly remote: RemoteAdapter
  /** Who is signed in with the backend: what the app's own sign-in changes. */
  session: 'ada' | 'bob'
  fault: Fault
  readonly heard: Heard[]
  forbid(id: string): Promise<void>
  /** Another device of ada's. */
  write(row: JsonObject & { readonly id: string }): Promise<void>
  close(): Promise<void>
}

interface TaskDouble extends Double {
  write(collection: 'tasks', row: JsonObject & { readonly id: string }): Promise<void>
  forbid(collection: 'tasks', id: string): Promise<void>
  close(): Promise<void>
}

type Line = (origin: string, session: () => string) => { readonly remote: RemoteAdapter; end?(): Promise<unknown> }

async function placeOf(double: TaskDouble, line: Line): Promise<Place> {
  const heard: Heard[] = []
  const answer = async (request: Request): Promise<Response> => {
    const body = await request.clone().text()
    const user = /token-of-(\w+)/.exec(request.headers.get('authorization') ?? '')?.[1]
    const one = { url: request.url, user, body }
    heard.push(one)
    return (await place.fault(one)) ?? double.fetch(request)
  }
  const http = await onLoopback(answer)
  const { remote, end } = line(http.origin, () => place.session)
  const place: Place = {
    remote,
    session: 'ada',
    fault: () => undefined,
    heard,
    forbid: (id) => double.forbid('tasks', id),
    write: (row) => double.write('tasks', row),
    async close() {
      await end?.()
      http.close()
      await double.close()
    },
  }
  return place
}

const tokenOf = (user: string): string => `token-of-${user}`

/** By name, a fresh and empty one. */
export const places = {
  rest: () =>
    placeOf(restDouble(), (origin, session) => ({
      remote: restAdapter({ url: `${origin}/sync`, token: () => tokenOf(session()), refresh: () => true }),
    })),
  async supabase() {
    const double = await supabaseKitDouble()
    return placeOf(double, (origin, session) => {
      const client = createClient(origin, double.key, { realtime: { transport: WebSocket as never } })
      const own = () => ({ user: session(), token: tokenOf(session()) })
      const remote = supabaseAdapter(client, { profile: syncKit({ name: double.name }), session: own })
      return { remote, end: () => client.removeAllChannels() }
    })
  },
  appsync: () =>
    placeOf(appsyncDouble(), (origin, session) => {
      const GraphQL = { endpoint: `${origin}/graphql`, region: 'eu-west-1', defaultAuthMode: 'lambda' } as const
      const client = generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, {}) })
      const models = { tasks: { model: 'Task', fields: ['id', 'title', 'done'], owner: 'owner' } }
      const own = () => ({ user: session(), token: tokenOf(session()) })
      return { remote: appsyncAdapter({ client, api: origin, models, session: own }) }
    }),
} satisfies Readonly<Record<string, () => Promise<Place>>>
