import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext, Hub } from '@aws-amplify/core'
import { type Backend, type Device, defineRemoteHarness, type RemoteHarness } from '@rowkeep/conformance-tests'
import {
  type AppsyncAdapter,
  type AppsyncClient,
  appsyncAdapter,
  type ModelOptions,
  type Session,
} from '../src/index.ts'
import { appsyncDouble } from '../src/testing/index.ts'

// Node 20 has none of its own, and Amplify's client asks for it.
globalThis.WebSocket ??= (await import('ws')).WebSocket as unknown as typeof WebSocket

const fields = ['id', 'title', 'done', 'n', 'tags']

/** The models of the double. */
export const models: Readonly<Record<string, ModelOptions>> = {
  notes: {
    model: 'Note',
    fields: [...fields, 'due', 'serial', 'price', 'scan'],
    codecs: { due: 'date', serial: 'bigint', price: 'decimal', scan: 'bytes' },
    owner: 'owner',
  },
  tasks: { model: 'Task', fields: [...fields, 'place'], owner: 'owner' },
}

/** The vendor's client of the API at an origin, without any global configuration. */
export function clientAt(origin: string): AppsyncClient {
  const GraphQL = { endpoint: `${origin}/graphql`, region: 'eu-west-1', defaultAuthMode: 'lambda' as const }
  return generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, {}) })
}

/** Who the device's token is of. One that nobody has is a token of the device's user that has expired. */
const sessionOf =
  ({ user, token }: Device) =>
  (): Session => ({ user: /^token-of-(ada|bob)$/.exec(token())?.[1] ?? user, token: token() })

export const adapterOf = ({ origin }: Pick<Backend, 'origin'>, device: Device): AppsyncAdapter =>
  appsyncAdapter({ client: clientAt(origin), api: origin, models, session: sessionOf(device), hub: Hub })

/** The adapter of this package and Amazon's own client, before the double of this package. */
export const harness: RemoteHarness = defineRemoteHarness({
  name: 'appsync',
  backend: () => appsyncDouble(),
  adapter: adapterOf,
  fields: 'fixed',
  codecs: { date: 'due', bigint: 'serial', decimal: 'price', bytes: 'scan' },
  network: 'sdk',
})
