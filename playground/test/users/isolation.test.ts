import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSyncClient, type Observer, record, type SyncClient } from '@rowkeep/kernel'
import { conflicts, quarantine } from '@rowkeep/kernel/inbox'
import { type LogEntry, logging } from '@rowkeep/kernel/middleware'
import { switchUser } from '@rowkeep/kernel/users'
import { fileStore } from '@rowkeep/local-stores/file'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Place, places } from './places.ts'

interface Task {
  readonly id: string
  readonly title: string
  readonly done: boolean
}

const collections = { tasks: record<Task>() }
/** In every text that ada writes, and in no other. */
const canary = 'canary-of-ada'
const events = ['sync:started', 'sync:finished', 'sync:failed', 'operation:quarantined', 'conflict:detected'] as const

let directory = ''
const closers: (() => Promise<void>)[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowkeep-users-'))
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
  await rm(directory, { recursive: true })
})

/** Everything an error or an event shows: own properties, also of its causes, stacks, and its JSON. */
function everythingIn(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null || depth > 6) return String(value)
  const own = Object.getOwnPropertyNames(value).map(
    (name) => `${name}=${everythingIn((value as Record<string, unknown>)[name], depth + 1)}`,
  )
  return depth === 0 ? `${own.join('\n')}\n${JSON.stringify(value)}` : own.join('\n')
}

/** Every byte the device keeps of a user, or of all. */
async function stored(namespace = ''): Promise<string> {
  const names = await readdir(join(directory, namespace), { recursive: true, withFileTypes: true })
  const files = names.filter((name) => name.isFile()).map((name) => join(name.parentPath, name.name))
  return (await Promise.all(files.map(async (file) => file + (await readFile(file, 'latin1'))))).join('\n')
}

interface Scene {
  readonly place: Place
  readonly client: SyncClient<typeof collections>
  /** All that was said to whoever looks on. */
  readonly said: string[]
  sync(): Promise<void>
}

async function scene(make: () => Promise<Place>): Promise<Scene> {
  const place = await make()
  closers.push(() => place.close())
  const said: string[] = []
  const log = (line: string, entry: LogEntry): void => void said.push(line, everythingIn(entry))
  const client = createSyncClient({
    collections,
    remote: place.remote,
    store: fileStore({ directory }),
    user: 'ada',
    sync: 'manual',
    retryMinMs: 1,
    retryMaxMs: 5,
    use: [logging({ level: 'debug', write: log })],
  })
  closers.push(() => client.dispose())
  const look = (event: string) => [event, (value: unknown) => said.push(everythingIn(value))] as const
  client.observe(Object.fromEntries(events.map(look)) as Observer)
  client.status.subscribe((status) => said.push(everythingIn(status)))
  const sync = async (): Promise<void> => {
    await client.synchronize().catch((error: unknown) => said.push(everythingIn(error)))
  }
  return { place, client, said, sync }
}

/** Failures of every kind, in the middle of a push or a pull; some quote what they were sent. */
const failures: readonly (readonly [string, (token: string) => Response])[] = [
  [
    'a server error that quotes the request',
    (token) => new Response(`no: authorization: Bearer ${token}`, { status: 500 }),
  ],
  [
    'an unexpected page',
    (token) => new Response(`<html>${token}</html>`, { headers: { 'content-type': 'text/html' } }),
  ],
  ['a sign-out', () => Response.json({ message: 'JWT expired' }, { status: 401 })],
  ['a refusal', () => Response.json({ message: 'no' }, { status: 403 })],
  ['too many requests', () => new Response('', { status: 429 })],
  [
    'half an answer',
    (token) => new Response(`{"token":"${token}`, { headers: { 'content-type': 'application/json' } }),
  ],
]

/** ada edits, meets a conflict, a refusal and failures of every kind, and has something unsent in the end. */
async function adasDay({ place, client, sync }: Scene): Promise<void> {
  const { tasks } = client.collections
  for (const id of ['a', 'b', 'c']) await tasks.create({ id, title: `${canary} ${id}`, done: false })
  await sync()
  await place.write({ id: 'a', title: `${canary} elsewhere`, done: false })
  await tasks.update('a', { title: `${canary} here` })
  await place.forbid('b')
  await tasks.update('b', { title: `${canary} refused` })
  await sync()
  for (const [, answer] of failures) {
    await tasks.update('c', { title: `${canary} ${Math.random()}` })
    place.fault = () => answer('token-of-ada')
    await sync()
    place.fault = () => undefined
    await sync()
  }
  await vi.waitFor(async () => {
    await sync()
    expect(client.status.getSnapshot()).toMatchObject({ pending: 0 })
  })
  expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'b' }])
}

describe.each(Object.entries(places))('two users of one device over %s', (_, make) => {
  it('see, keep and send nothing of each other, and nobody ever sees a token [F65 F113]', async () => {
    const all = await scene(make)
    const { place, client, said, sync } = all
    const { tasks } = client.collections
    await adasDay(all)

    // In the middle of a push: the server has it, the answer is on its way.
    let entered = (): void => {}
    let answer = (): void => {}
    const inPush = new Promise<void>((resolve) => {
      entered = resolve
    })
    const answered = new Promise<void>((resolve) => {
      answer = resolve
    })
    await tasks.create({ id: 'late', title: `${canary} late`, done: false })
    await tasks.update('c', { title: `${canary} last` })
    place.fault = async ({ body }) => {
      if (body.includes(`${canary} l`)) {
        entered()
        await answered
      }
      return undefined
    }
    const cycle = sync()
    await inPush
    // The app signs in with the backend first, then tells the client.
    place.session = 'bob'
    await switchUser(client, 'bob')
    answer()
    await cycle
    place.fault = () => undefined

    const asBob = place.heard.length
    await tasks.create({ id: 'z', title: 'of bob', done: false })
    await client.start()
    await vi.waitFor(() => expect(client.status.getSnapshot()).toMatchObject({ pending: 0, state: 'synced' }))
    await client.stop()
    expect(await tasks.readAll()).toMatchObject([{ title: 'of bob' }])
    expect([conflicts(client).getSnapshot(), quarantine(client).getSnapshot()]).toEqual([[], []])
    expect(JSON.stringify(place.heard.slice(asBob))).not.toContain(canary)
    expect(await stored('u-bob')).not.toContain(canary)
    expect(await stored('u-ada')).toContain(canary)

    place.session = 'ada'
    await switchUser(client, 'ada')
    await vi.waitFor(async () => {
      await sync()
      expect(client.status.getSnapshot()).toMatchObject({ pending: 0 })
    })
    expect((await tasks.readAll()).map(({ id, title }) => [id, title])).toEqual(
      expect.arrayContaining([
        ['c', `${canary} last`],
        ['late', `${canary} late`],
      ]),
    )
    expect(quarantine(client).getSnapshot()).toMatchObject([{ recordId: 'b' }])
    const { writes } = client.status.getSnapshot() ?? {}
    expect(writes).toMatchObject({ quarantined: 1, accepted: (writes?.applied ?? 0) + (writes?.merged ?? 0) + 1 })

    const sent = place.heard.filter(({ body }) => body.includes(canary))
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.filter(({ user }) => user !== 'ada')).toEqual([])
    const everything = [...said, ...place.heard.map(({ url }) => url), await stored()].join('\n')
    expect(everything).not.toMatch(/token-of-(ada|bob)/)
    expect(said.length).toBeGreaterThan(50)
  })

  it('keep what was refused and what is in conflict over restarts and switches, each their own', async () => {
    const { place, client, sync } = await scene(make)
    const { tasks } = client.collections
    await tasks.create({ id: 'b', title: `${canary} b`, done: false })
    await sync()
    await place.forbid('b')
    await tasks.update('b', { title: `${canary} refused` })
    await sync()
    const [entry] = quarantine(client).getSnapshot() ?? []
    place.session = 'bob'
    await switchUser(client, 'bob')
    expect(quarantine(client).getSnapshot()).toEqual([])
    await client.dispose()

    const again = createSyncClient({
      collections,
      remote: place.remote,
      store: fileStore({ directory }),
      user: 'bob',
      sync: 'manual',
    })
    closers.push(() => again.dispose())
    await again.collections.tasks.readAll()
    expect(quarantine(again).getSnapshot()).toEqual([])
    place.session = 'ada'
    await switchUser(again, 'ada')
    expect(quarantine(again).getSnapshot()).toMatchObject([{ id: entry?.id, recordId: 'b' }])
    await quarantine(again).discard(entry?.id ?? '')
    expect(quarantine(again).getSnapshot()).toEqual([])
    expect(await again.collections.tasks.read('b')).toMatchObject({ title: `${canary} b` })
  })

  it('with no user the backend is asked nothing: there is a session, and whose it is must be said', async () => {
    const place = await make()
    closers.push(() => place.close())
    const client = createSyncClient({ collections, remote: place.remote, sync: 'manual' })
    closers.push(() => client.dispose())
    await expect(client.synchronize()).rejects.toMatchObject({ code: 'SYNC_CONFIG_INVALID' })
    expect(place.heard).toEqual([])
  })

  it('no failure makes a write go out under another name, or under none [F70]', async () => {
    const { place, client, sync } = await scene(make)
    const { tasks } = client.collections
    await tasks.create({ id: 'a', title: `${canary} a`, done: false })
    for (const [, answer] of failures) {
      place.fault = () => answer('x')
      await sync()
    }
    place.fault = () => undefined
    await vi.waitFor(async () => {
      await sync()
      expect(client.status.getSnapshot()).toMatchObject({ pending: 0 })
    })
    expect(place.heard.length).toBeGreaterThan(failures.length)
    expect(new Set(place.heard.map(({ user }) => user))).toEqual(new Set(['ada']))
  })
})
