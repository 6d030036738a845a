import {
  createSyncClient,
  isSyncError,
  type JsonObject,
  record,
  type Status,
  type SyncErrorCode,
} from '@rowkeep/kernel'
import { conflicts } from '@rowkeep/kernel/inbox'
import { fileStore } from '@rowkeep/local-stores/file'
import { remote } from './backend.ts'
import { setting } from './settings.ts'

/** What the app keeps. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly place: string
  readonly done: boolean
}

const client = createSyncClient({
  collections: { tasks: record<Task>() },
  store: fileStore({ directory: setting('DEMO_FOLDER') }),
  remote,
  user: 'ada',
  // An app leaves this out and syncs from its first use on; the story wants to begin without a network.
  sync: 'manual',
  // Not every backend can tell of changes; a minute between two looks would be long to watch.
  pullIntervalMs: 1_000,
  retryMaxMs: 1_000,
})
const { tasks } = client.collections

// ---- Writing and reading: the same with and without a network ----

/** Adds a task; done when it is durable on this device. */
export const addTask = (title: string): Promise<Task> => tasks.create({ title, place: '', done: false })

/** Changes some fields of a task. */
export const editTask = (id: string, change: Partial<Task>): Promise<Task> => tasks.update(id, change)

/** Deletes a task. */
export const deleteTask = (id: string): Promise<void> => tasks.delete(id)

/** All tasks as this device sees them, by id. */
export const listTasks = (): Promise<readonly Task[]> => tasks.readAll()

/** Adds tasks for ever, one after the other, and names each as soon as it is acknowledged. */
export async function keepAdding(acknowledged: (id: string) => void): Promise<never> {
  for (let count = 1; ; count += 1) {
    const task = await addTask(`written in a hurry, ${count}`)
    acknowledged(task.id)
  }
}

// ---- The network comes and goes ----

/** Connects: sends what waits here, brings what is new there, and goes on by itself. */
export const goOnline = (): Promise<void> => client.start()

/** Disconnects. Everything above goes on working. */
export const goOffline = (): Promise<void> => client.stop()

/** One exchange with the server, now. `undefined` when it went well, else why it did not. */
export async function exchangeOnce(): Promise<SyncErrorCode | undefined> {
  try {
    await client.synchronize()
    return undefined
  } catch (error) {
    if (isSyncError(error)) return error.code
    throw error
  }
}

/** How this device stands: what waits, how many writes it accepted, and how they ended. */
export async function readStatus(): Promise<Pick<Status, 'state' | 'pending' | 'writes'>> {
  await tasks.count()
  const status = client.status.getSnapshot()
  if (!status) throw new Error('an open client has a status')
  const { state, pending, writes } = status
  return { state, pending, writes }
}

// ---- Conflicts ----

const seen: { readonly id: string; readonly fields: readonly string[] }[] = []
client.observe({ 'conflict:detected': ({ id, fields }) => void seen.push({ id, fields }) })

/** Conflicts this device was told of since it started: the task, and the fields that both sides changed. */
export const conflictsSeen = (): typeof seen => seen

/** Conflicts that wait for a person, both sides of each. */
export async function listInbox(): Promise<
  readonly { id: string; local: JsonObject | null; remote: JsonObject | null }[]
> {
  await tasks.count()
  const parked = conflicts(client).getSnapshot() ?? []
  return parked.map(({ recordId, local, remote: theirs }) => ({ id: recordId, local, remote: theirs }))
}

/** The person's answer to a conflict in the inbox: what this device has is right. */
export async function keepMine(taskId: string): Promise<void> {
  const conflict = conflicts(client)
    .getSnapshot()
    ?.find(({ recordId }) => recordId === taskId)
  if (!conflict) throw new Error(`no conflict waits for task ${taskId}`)
  await conflicts(client).resolve(conflict.id, 'local')
}

/** Closes the app in order. */
export const close = (): Promise<void> => client.dispose()
