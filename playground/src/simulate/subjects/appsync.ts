import { appsyncAdapter, type ModelOptions } from '@rowkeep/adapters-appsync'
import { appsyncDouble } from '@rowkeep/adapters-appsync/testing'
import { modelServer } from '@rowkeep/kernel/testing'
import { appsyncClient } from './appsync-client.ts'
import type { Simulated } from './simulated.ts'

const fields = ['id', 'title', 'done', 'n', 'tags']

const models: Readonly<Record<string, ModelOptions>> = {
  notes: { model: 'Note', fields, owner: 'owner' },
  tasks: { model: 'Task', fields, owner: 'owner' },
}

/** Models under optimistic concurrency and an owner rule. */
export const appsync: Simulated = {
  double: (env) => appsyncDouble({ server: modelServer({ env }) }),
  adapter: ({ origin }, { user, token, env }) => {
    const client = appsyncClient(origin, env)
    return appsyncAdapter({ client, api: origin, models, session: () => ({ user, token: token() }) })
  },
}
