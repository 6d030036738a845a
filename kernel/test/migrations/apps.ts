import { afterEach } from 'vitest'
import { createSyncClient, type LocalStore, record, type SyncClient } from '../../src/index.ts'
import { add, convert, type Migrations, migrations, remove, rename } from '../../src/migrations/index.ts'
import { TestServer } from '../support/server.ts'
import { virtualEnv } from '../support/virtual-env.ts'

/** A todo of version 1. */
export interface Todo {
  readonly id: string
  readonly text: string
  readonly priority: string
  readonly junk?: string
  readonly forbidden?: boolean
}
/** A todo of version 2. */
interface Todo2 {
  readonly id: string
  readonly title: string
  readonly priority: string
  readonly done: boolean
  readonly forbidden?: boolean
}
/** A task of version 3. */
export interface Task3 {
  readonly id: string
  readonly title: string
  readonly priority: number
  readonly done: boolean
  readonly slug: string
  readonly forbidden?: boolean
}

const steps = [
  { to: 2, records: { todos: [rename('text', 'title'), remove('junk'), add('done', false)] } },
  {
    to: 3,
    renamed: { todos: 'tasks' },
    removed: ['drafts'],
    records: {
      tasks: [
        convert('priority', (value) => (value === 'high' ? 3 : 1)),
        (task: { readonly [field: string]: unknown }) =>
          ({ ...task, slug: String(task['title']).toLowerCase() }) as never,
      ],
    },
  },
] as const

const collections1 = { todos: record<Todo>(), drafts: record<{ id: string; body: string }>() }
const collections2 = { todos: record<Todo2>(), drafts: record<{ id: string; body: string }>() }
const collections3 = { tasks: record<Task3>() }

/** The app at version 1, which never heard of migrations. */
export type App1 = SyncClient<typeof collections1>
/** The app at version 3. */
export type App3 = SyncClient<typeof collections3>

const plan2: Migrations = migrations({ version: 2, steps: steps.slice(0, 1) })
const plan3: Migrations = migrations({ version: 3, steps })

/** What the steps make of a todo. */
export const moved = ({ id, text, priority, ...rest }: Todo): Task3 => {
  const { junk: _, ...kept } = rest
  return { ...kept, id, title: text, done: false, priority: priority === 'high' ? 3 : 1, slug: text.toLowerCase() }
}

const made: { dispose(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(made.splice(0).map((client) => client.dispose()))
})

export interface Place {
  readonly store: LocalStore
  readonly server?: TestServer
}

const common = ({ store, server = new TestServer() }: Place) =>
  ({ store, remote: server.adapter({ atomicity: 'batch' }), env: virtualEnv(), sync: 'manual' }) as const

/** Opens the app at version 1. */
export function app1(place: Place): App1 {
  const client = createSyncClient({
    ...common(place),
    collections: collections1,
  })
  made.push(client)
  return client
}

/** Opens the app at version 2. */
export function app2(place: Place): SyncClient<typeof collections2> {
  const client = createSyncClient({ ...common(place), collections: collections2, migrations: plan2 })
  made.push(client)
  return client
}

/** Opens the app at version 3. */
export function app3(place: Place, plan: Migrations = plan3): App3 {
  const client = createSyncClient({ ...common(place), collections: collections3, migrations: plan })
  made.push(client)
  return client
}
