import { afterEach } from 'vitest'
import {
  createSyncClient,
  type LocalStore,
  memoryStore,
  type Observer,
  type Plugin,
  type RemoteAdapter,
  type Resolver,
  record,
  type Status,
  type SyncClient,
  type SyncEvents,
  type Where,
} from '../../src/index.ts'
import type { moreOperators } from '../../src/operators/index.ts'
import { TestServer } from './server.ts'
import { type VirtualEnv, virtualEnv } from './virtual-env.ts'

export interface Task {
  readonly id: string
  readonly title: string
  readonly done?: boolean
  readonly n?: number
  readonly tags?: readonly string[]
  /** The test server refuses a write that sets this to true. */
  readonly forbidden?: boolean
}

interface Note {
  readonly id: string
  readonly body: string
}

const collections = { tasks: record<Task>(), notes: record<Note>() }

export type Client = SyncClient<typeof collections>

export interface DeviceOptions {
  readonly remote?: RemoteAdapter
  readonly store?: LocalStore
  readonly env?: VirtualEnv
  readonly sync?: 'auto' | 'manual'
  readonly user?: string
  readonly resolver?: Resolver<Task>
  readonly use?: readonly Plugin<typeof collections>[]
  readonly scope?: () => Where<Task> | undefined
  readonly operators?: typeof moreOperators
  readonly pullIntervalMs?: number
  readonly requestTimeoutMs?: number
  readonly retryMinMs?: number
  readonly retryMaxMs?: number
}

export interface Device {
  readonly client: Client
  readonly env: VirtualEnv
  readonly store: LocalStore
  readonly tasks: Client['collections']['tasks']
  readonly notes: Client['collections']['notes']
  /** Everything the client told its observers, in order. */
  readonly told: readonly Told[]
  heard(event: keyof SyncEvents): readonly unknown[]
  sync(): ReturnType<Client['synchronize']>
  status(): Status
}

type Told = { [E in keyof SyncEvents]: { readonly event: E; readonly value: SyncEvents[E] } }[keyof SyncEvents]

const events: readonly (keyof SyncEvents)[] = [
  'record:changed',
  'sync:started',
  'sync:finished',
  'sync:failed',
  'sync:restarted',
  'operation:quarantined',
  'conflict:detected',
  'row:unreadable',
  'listener:failed',
]

const made: Client[] = []

afterEach(async () => {
  await Promise.all(made.splice(0).map((client) => client.dispose()))
})

/** A device of its own: store, clock and randomness are new unless given; it is disposed after the test. */
export function device(server: TestServer, options: DeviceOptions = {}): Device {
  const { env = virtualEnv(), store = memoryStore(), remote = server.adapter(), resolver, scope, ...rest } = options
  const client = createSyncClient({
    collections,
    sync: 'manual',
    ...rest,
    env,
    store,
    remote,
    ...(resolver ? { conflict: { tasks: resolver } } : {}),
    ...(scope ? { scope: { tasks: scope } } : {}),
  })
  made.push(client)
  const told: Told[] = []
  const listen = (event: keyof SyncEvents) => [event, (value: never) => told.push({ event, value } as Told)] as const
  client.observe(Object.fromEntries(events.map(listen)) as Observer)
  return {
    client,
    env,
    store,
    tasks: client.collections.tasks,
    notes: client.collections.notes,
    told,
    heard: (event) => told.filter((one) => one.event === event).map(({ value }) => value),
    sync: () => client.synchronize(),
    status: () => {
      const status = client.status.getSnapshot()
      if (!status) throw new Error('the client is not open yet')
      return status
    },
  }
}

/** A condition that always holds: a write of the record with it stays an operation of its own. */
export const apart = <const I extends string>(id: I): { readonly where: { readonly id: I } } => ({ where: { id } })

/** A device with its server. */
export type Scene = Device & { readonly server: TestServer }

/** A device that has the row `a`, and a server to go behind its back. */
export async function synced(options: DeviceOptions = {}): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base', n: 0 })
  const made = device(server, options)
  await made.sync()
  return { ...made, server }
}

/** Sum of all ways a write can end, and those under way: what every accepted write must be found in. */
export function accounted({ pending, writes: { accepted: _, ...ended } }: Status): number {
  return Object.values(ended).reduce((sum, count) => sum + count, pending)
}
