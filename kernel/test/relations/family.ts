import { afterEach } from 'vitest'
import {
  createSyncClient,
  type LocalStore,
  memoryStore,
  type PushOperation,
  type PushVerdict,
  type RemoteAdapter,
  record,
  type Status,
  type SyncClient,
} from '../../src/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany } from '../../src/relations/index.ts'
import { TestServer } from '../support/server.ts'
import { type VirtualEnv, virtualEnv } from '../support/virtual-env.ts'

interface Person {
  readonly id: string
  readonly name?: string
  readonly friendId?: string | null
  readonly forbidden?: boolean
}
interface Project {
  readonly id: string
  readonly name?: string
  readonly ownerId?: string | null
  readonly forbidden?: boolean
}
interface Task {
  readonly id: string
  readonly title?: string
  readonly n?: number
  readonly projectId?: string | null
  readonly parentId?: string | null
  readonly forbidden?: boolean
}
interface Label {
  readonly id: string
}
interface TaskLabel {
  readonly id: string
  readonly taskId: string
  readonly labelId: string
}
interface Profile {
  readonly id: string
  readonly personId: string
}

/** Every kind of relation, and every `onDelete`. */
const collections = {
  people: {
    schema: record<Person>(),
    relations: {
      projects: hasMany('projects', 'ownerId', { onDelete: 'restrict' }),
      profile: hasOne('profiles', 'personId', { onDelete: 'cascade' }),
      friend: belongsTo('people', 'friendId', { onDelete: 'setNull' }),
    },
  },
  projects: {
    schema: record<Project>(),
    relations: { owner: belongsTo('people', 'ownerId'), tasks: hasMany('tasks', 'projectId') },
  },
  tasks: {
    schema: record<Task>(),
    indexes: ['projectId'],
    relations: {
      project: belongsTo('projects', 'projectId', { onDelete: 'cascade' }),
      parent: belongsTo('tasks', 'parentId', { onDelete: 'cascade' }),
      subtasks: hasMany('tasks', 'parentId'),
      labels: manyToMany('labels', { through: 'taskLabels', from: 'taskId', to: 'labelId', onDelete: 'cascade' }),
    },
  },
  labels: {
    schema: record<Label>(),
    relations: {
      tasks: manyToMany('tasks', { through: 'taskLabels', from: 'labelId', to: 'taskId', onDelete: 'cascade' }),
    },
  },
  taskLabels: record<TaskLabel>(),
  profiles: record<Profile>(),
} as const

type Client = SyncClient<typeof collections>

/** By collection: its fields with the collection they lead to, as a database would know it. */
export const keys = {
  people: [['friendId', 'people']],
  projects: [['ownerId', 'people']],
  tasks: [
    ['projectId', 'projects'],
    ['parentId', 'tasks'],
  ],
  profiles: [['personId', 'people']],
  taskLabels: [
    ['taskId', 'tasks'],
    ['labelId', 'labels'],
  ],
  labels: [],
} as const
export type Name = keyof typeof keys
export const names = Object.keys(keys) as Name[]

/** A collection by a name that only the history knows. */
export interface Rows {
  read(id: string): Promise<object | undefined>
  create(record: object): Promise<unknown>
  update(id: string, change: object): Promise<unknown>
  delete(id: string): Promise<void>
  readAll(): Promise<readonly { readonly id: string }[]>
}

/** A verdict of a server that tells no rows. */
export const withoutRow = (verdict: PushVerdict): PushVerdict => {
  if (verdict.kind === 'retry') return verdict
  const { row: _, ...rest } = verdict
  return rest
}

/** References of the server's rows that lead nowhere. */
export const dangling = (server: TestServer): readonly string[] =>
  names.flatMap((from) =>
    keys[from].flatMap(([field, to]) =>
      Object.values(server.all(from)).flatMap((row) => {
        const id = row[field]
        return typeof id === 'string' && !server.record(to, id) ? [`${from}/${row['id']}.${field}=${id}`] : []
      }),
    ),
  )

/** Refuses, as a database does, what would leave a reference that leads nowhere; each operation of a request by itself. */
export class KeyedServer extends TestServer {
  /** What it refused for its keys. */
  readonly broken: string[] = []

  override take(operation: PushOperation): PushVerdict {
    const { collection, id, kind } = operation
    const before = this.rows.get(`${collection}/${id}`)
    const known = this.log.has(operation.opId)
    const verdict = super.take(operation)
    if (known || verdict.kind !== 'applied') return verdict
    const leads = dangling(this)
    if (leads.length === 0) return verdict
    this.broken.push(`${kind} ${collection}/${id}: ${leads.join(' ')}`)
    this.undo(operation, before)
    return { kind: 'rejected', error: { code: 'SYNC_REJECTED', message: `foreign key: ${leads.join(' ')}` } }
  }
}

const made: { dispose(): Promise<void> }[] = []

afterEach(async () => {
  await Promise.all(made.splice(0).map((client) => client.dispose()))
})

export interface Family {
  readonly client: Client
  readonly all: Client['collections']
  readonly env: VirtualEnv
  readonly store: LocalStore
  sync(): Promise<unknown>
  status(): Status
}

/** A device with all collections; with its server where one is given. */
export function family(
  server?: TestServer,
  options: { readonly store?: LocalStore; readonly remote?: RemoteAdapter; readonly env?: VirtualEnv } = {},
): Family {
  const { store = memoryStore(), env = virtualEnv(), remote = server?.adapter() } = options
  const client = createSyncClient({ collections, store, env, sync: 'manual', ...(remote ? { remote } : {}) })
  made.push(client)
  return {
    client,
    all: client.collections,
    env,
    store,
    sync: () => client.synchronize(),
    status: () => client.status.getSnapshot() as Status,
  }
}
