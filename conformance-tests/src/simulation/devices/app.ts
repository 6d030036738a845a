import { createSyncClient, type Plugin, record, type SyncClient } from '@rowkeep/kernel'
import { add, migrations } from '@rowkeep/kernel/migrations'
import { belongsTo } from '@rowkeep/kernel/relations'
import { requestTimeoutMs } from '../network/network.ts'
import { resolversOf } from './resolvers.ts'
import type { Tab } from './tab.ts'

/** The rows of both collections: the fields that every backend of the suite has. */
export interface Row {
  readonly id: string
  /** Written by every device: a word that is unique to the write. */
  readonly title?: string
  readonly done?: boolean
  readonly n?: number
  /** Appended to by one device only, each time by a word of its own: what is lost, doubled or out of order shows. */
  readonly tags?: readonly string[]
}

type RowSchema = ReturnType<typeof record<Row>>

const collections: { readonly tasks: RowSchema; readonly notes: RowSchema } = {
  tasks: record<Row>(),
  notes: record<Row>(),
}

/** With relations: the title of a note may be the id of a task, with which it goes. */
const related: typeof collections = {
  ...collections,
  notes: { schema: collections.notes, relations: { task: belongsTo('tasks', 'title', { onDelete: 'cascade' }) } },
} as never

/** Names of the app's collections. */
export type Collection = keyof typeof collections

/** So long after its start has failed the app tries again, ms. */
const startAgainMs = 2_000

/** The client of the app that is simulated. */
export type AppClient = SyncClient<typeof collections>

/** The second version of the app has no record without `done`. */
const second = migrations({
  version: 2,
  steps: [{ to: 2, records: { tasks: add('done', false), notes: add('done', false) } }],
})

const names = ['tasks', 'notes'] as const

function show({ world, name, account }: Tab, collection: Collection, rows: readonly Row[]): void {
  const { shown: user } = account
  world.diary.tell(
    user === undefined
      ? { kind: 'shownBetween', tab: name, collection, rows }
      : { kind: 'shown', tab: name, user, collection, rows },
  )
}

/** Tells what the app shows now. */
export function showAll(tab: Tab, { collections: all }: AppClient): void {
  for (const collection of names) {
    const rows = all[collection].watchAll().getSnapshot()
    if (rows) show(tab, collection, rows)
  }
}

/** Starts the client, and once more where its store failed: it waits for the next use then. */
export function connect(tab: Tab, client: AppClient): void {
  tab.world.diary.tell({ kind: 'called', tab: tab.name, what: 'start' })
  client.start().catch((error: unknown) => {
    tab.world.diary.tell({ kind: 'startFailed', tab: tab.name, error })
    tab.deliver(startAgainMs, 'start', () => tab.closing || tab.stopped || connect(tab, client))
  })
}

/** The user presses on until the client has taken it that it is paused no more: also where its store had to be opened again. */
export function resume(tab: Tab, client: AppClient): void {
  client.resume().catch(() => {
    tab.deliver(startAgainMs, 'resume', () => tab.closing || tab.stopped || resume(tab, client))
  })
}

/** So long a part of the app may look at a write before it is made, ms. */
const heldMs = 1_000

/** A part of the app that looks at every write, where the history has that it takes its time. */
function holding(tab: Tab): { readonly use?: readonly Plugin<typeof collections>[] } {
  const { world } = tab
  if (world.history.faults['heldUp'] === undefined) return {}
  const hold = async <T>(_: unknown, next: () => Promise<T>): Promise<T> => {
    const key = tab.key('hold')
    if (world.strikes('heldUp', key))
      await new Promise<void>((resolve) => tab.deliver(world.chance('held', key) * heldMs, key, resolve))
    return next()
  }
  return { use: [{ name: 'holding', middleware: { create: hold, update: hold, delete: hold } }] }
}

/** Creates the app's client, watches everything it shows, and starts it. */
export function openApp(tab: Tab): AppClient {
  const { world, device, user, env } = tab
  const client = createSyncClient({
    collections: world.history.setup.relations ? related : collections,
    user,
    env,
    store: device.place.store(tab),
    remote: tab.remote,
    pullIntervalMs: world.history.setup.pullIntervalMs,
    requestTimeoutMs,
    retryMinMs: 200,
    retryMaxMs: 5_000,
    ...(tab.version > 1 ? { migrations: second } : {}),
    ...resolversOf(tab),
    ...holding(tab),
  })
  connect(tab, client)
  for (const collection of names) {
    client.collections[collection].watchAll().subscribe((rows) => show(tab, collection, rows))
  }
  client.status.subscribe((status) => {
    const { shown } = tab.account
    if (shown !== undefined) world.diary.tell({ kind: 'status', tab: tab.name, user: shown, status })
  })
  return client
}
