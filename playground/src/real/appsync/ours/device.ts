import { generateClient } from '@aws-amplify/api-graphql/internals'
import { createAmplifyContext, Hub } from '@aws-amplify/core'
import { appsyncAdapter } from '@rowkeep/adapters-appsync'
import { createSyncClient, record } from '@rowkeep/kernel'
import { answerCalls } from '../../../demo/ipc/answering.ts'
import type { Note } from '../note.ts'
import { setting } from '../settings.ts'
import { dialLoopback } from '../wire/loopback-socket.ts'
import type { FieldConflict, OurDevice } from './commands.ts'

dialLoopback()
const token = { toString: () => 'token-of-ada', payload: {} }
const GraphQL = { endpoint: setting('JUDGE_ENDPOINT'), region: 'eu-west-1', defaultAuthMode: 'userPool' } as const
const Auth = { tokenProvider: { getTokens: async () => ({ accessToken: token, idToken: token }) } }

const remote = appsyncAdapter({
  client: generateClient({ amplify: createAmplifyContext({ API: { GraphQL } }, { Auth }) }),
  api: 'judge',
  models: { notes: { model: 'Note', fields: ['id', 'title', 'done', 'n', 'tags'], owner: 'owner' } },
  session: () => ({ user: 'ada', token: 'token-of-ada' }),
  hub: Hub,
})

const hidden = setting('JUDGE_HIDDEN')
const client = createSyncClient({
  collections: { notes: record<Note>() },
  remote,
  user: 'ada',
  sync: 'manual',
  scope: { notes: () => (hidden === '' ? undefined : { title: { ne: hidden } }) },
  retryMaxMs: 500,
})
const { notes } = client.collections

const conflicts: FieldConflict[] = []
client.observe({ 'conflict:detected': ({ id, fields }) => void conflicts.push({ id, fields }) })

const commands: OurDevice = {
  start: () => client.start(),
  stop: () => client.stop(),
  async sync() {
    await client.synchronize()
  },
  create: async (fields) => (await notes.create(fields)).id,
  async change(id, fields) {
    await notes.update(id, fields)
  },
  async changeWhere(title, id, fields) {
    await notes.update(id, fields, { where: { title } })
  },
  remove: (id) => notes.delete(id),
  notes: () => notes.readAll(),
  async outcome(id) {
    const outcome = await notes.settled(id)
    return outcome.state === 'applied' ? `applied ${outcome.revision}` : outcome.state
  },
  conflicts: () => conflicts,
}

answerCalls(commands)
