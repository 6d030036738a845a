import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext } from '@aws-amplify/core'
import { appsyncAdapter } from '@rowkeep/adapters-appsync'
import type { RemoteAdapter } from '@rowkeep/kernel'
import { setting } from '../settings.ts'

const endpoint = `${setting('DEMO_URL')}/graphql`
const GraphQL = { endpoint, region: 'eu-west-1', defaultAuthMode: 'lambda' } as const

export const remote: RemoteAdapter = appsyncAdapter({
  client: generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, {}) }),
  api: 'demo',
  models: { tasks: { model: 'Task', fields: ['id', 'title', 'place', 'done'], owner: 'owner' } },
  session: () => ({ user: 'ada', token: 'token-of-ada' }),
})
