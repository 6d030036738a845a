import { describe, expect, it } from 'vitest'
import { type LocalStore, memoryStore, SyncError } from '../../src/index.ts'
import type { Operation } from '../../src/model/stored.ts'
import {
  clear,
  clearAndFetch,
  keepLocal,
  promptIfUnsynced,
  type SwitchStrategy,
  switchUser,
  syncThenSwitch,
  type Unsynced,
} from '../../src/users/index.ts'
import { Accounts } from '../support/accounts.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { never } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { quiet, until } from '../support/virtual-env.ts'

function scene(options: DeviceOptions = {}): Device & { readonly accounts: Accounts } {
  const accounts = new Accounts()
  return { ...device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter(), ...options }), accounts }
}

const titles = async ({ tasks }: Pick<Device, 'tasks'>): Promise<readonly string[]> =>
  (await tasks.readAll()).map(({ title }) => title)

/** A promise, and what settles it. */
function gate(): { readonly open: () => void; readonly passed: Promise<void> } {
  let open = (): void => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

const unsynced = { code: 'SYNC_UNSYNCED', retry: 'never' }

describe('syncThenSwitch', () => {
  it('sends what waits, then switches', async () => {
    const { client, tasks, accounts } = scene()
    await tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(client, 'ben', syncThenSwitch())
    expect(accounts.of('ann').record('tasks', 'a')).toMatchObject({ title: 'of ann' })
    expect(await titles({ tasks })).toEqual([])
  })

  it('asks the server nothing where nothing waits', async () => {
    const { client, accounts } = scene()
    await switchUser(client, 'ben', syncThenSwitch())
    expect(accounts.of('ann').calls).toEqual([])
  })

  it('refuses while something could not be sent, says why, and the user stays and goes on', async () => {
    const { client, tasks, accounts, sync } = scene()
    accounts.of('ann').beforePush = () => {
      throw new SyncError('SYNC_NETWORK')
    }
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, 'ben', syncThenSwitch())).rejects.toMatchObject({
      ...unsynced,
      details: { pending: 1, parked: 0, quarantined: 0 },
      cause: { code: 'SYNC_NETWORK' },
    })
    expect(await titles({ tasks })).toEqual(['of ann'])
    accounts.of('ann').beforePush = () => {}
    await sync()
    expect(accounts.of('ann').record('tasks', 'a')).toMatchObject({ title: 'of ann' })
  })

  it('gives up at its deadline', async () => {
    const { client, tasks, accounts, env } = scene({ requestTimeoutMs: 3_600_000 })
    accounts.of('ann').beforePull = () => never()
    await tasks.create({ id: 'a', title: 'of ann' })
    const ended = expect(switchUser(client, 'ben', syncThenSwitch({ deadlineMs: 5000 }))).rejects.toMatchObject({
      ...unsynced,
      cause: { code: 'SYNC_TIMEOUT' },
    })
    await env.advance(4999)
    expect(await titles({ tasks })).toEqual(['of ann'])
    await env.advance(1)
    await ended
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it('with keepUnsynced goes on, and what could not be sent waits for its user', async () => {
    const { client, tasks, accounts, sync } = scene()
    accounts.of('ann').beforePull = () => {
      throw new SyncError('SYNC_AUTH_REQUIRED')
    }
    await tasks.create({ id: 'a', title: 'of ann' })
    await switchUser(client, 'ben', syncThenSwitch({ keepUnsynced: true }))
    expect(await titles({ tasks })).toEqual([])
    accounts.of('ann').beforePull = () => {}
    await switchUser(client, 'ann')
    await sync()
    expect(accounts.of('ann').record('tasks', 'a')).toMatchObject({ title: 'of ann' })
  })

  it('is not held up by what lies in quarantine', async () => {
    const { client, tasks, sync, status } = scene()
    await tasks.create({ id: 'a', title: 'of ann', forbidden: true })
    await sync()
    expect(status().writes.quarantined).toBe(1)
    await switchUser(client, 'ben', syncThenSwitch())
    await switchUser(client, 'ann')
    expect(status().writes.quarantined).toBe(1)
  })

  it('refuses without a remote to send to', async () => {
    const { createSyncClient, record } = await import('../../src/index.ts')
    const client = createSyncClient({ collections: { notes: record<{ id: string }>() }, user: 'ann' })
    await client.collections.notes.create({ id: 'a' })
    await expect(switchUser(client, undefined, syncThenSwitch())).rejects.toMatchObject(unsynced)
    await client.dispose()
  })

  it('sends nothing while the user has paused, and says so', async () => {
    const { client, tasks, accounts } = scene()
    await client.pause()
    await tasks.create({ id: 'a', title: 'of ann' })
    const cause = { code: 'SYNC_NETWORK' }
    await expect(switchUser(client, 'ben', syncThenSwitch())).rejects.toMatchObject({ ...unsynced, cause })
    await switchUser(client, 'ben', syncThenSwitch({ keepUnsynced: true }))
    expect(accounts.of('ann').calls).toEqual([])
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it.each([
    { deadlineMs: 0 },
    { deadlineMs: Number.NaN },
    { deadlineMs: '1' },
    { keepUnsynced: 1 },
    { keep: true },
    null,
    5,
  ])('refuses the options %j', (options) => {
    expect(() => syncThenSwitch(options as never)).toThrow(expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }))
  })
})

describe('promptIfUnsynced', () => {
  it('asks with the counts of all that is not on the server', async () => {
    const { client, tasks, accounts, sync } = scene()
    const ann = accounts.of('ann')
    ann.write('tasks', 'p', { id: 'p', title: 'base' })
    await sync()
    await tasks.update('p', { title: 'mine' })
    ann.write('tasks', 'p', null)
    await tasks.create({ id: 'q', title: 'refused', forbidden: true })
    await sync()
    await tasks.create({ id: 'a', title: 'of ann' })
    await tasks.create({ id: 'b', title: 'of ann' })
    const asked: Unsynced[] = []
    const ask = (given: Unsynced): SwitchStrategy => {
      asked.push(given)
      return keepLocal()
    }
    await switchUser(client, 'ben', promptIfUnsynced(ask))
    expect(asked).toEqual([{ user: 'ann', to: 'ben', pending: 2, parked: 1, quarantined: 1 }])
    expect(await titles({ tasks })).toEqual([])
  })

  it('does not ask where all is on the server', async () => {
    const { client, tasks, sync } = scene()
    await tasks.create({ id: 'a', title: 'of ann' })
    await sync()
    const ask = (): never => {
      throw new Error('asked')
    }
    await switchUser(client, 'ben', promptIfUnsynced(ask))
    await switchUser(client, undefined, promptIfUnsynced(ask))
    await switchUser(client, 'ann', promptIfUnsynced(ask))
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it.each([
    ['nothing: the user stays', () => undefined, unsynced],
    ['nothing, later: the user stays', async () => undefined, unsynced],
    ['what is no strategy: refused', () => 'yes' as never, { code: 'SYNC_INPUT_INVALID' }],
    ['by throwing: thrown on', () => Promise.reject(new RangeError('mine')), { name: 'RangeError' }],
  ])('answered with %s', async (_, ask, error) => {
    const { client, tasks } = scene()
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, 'ben', promptIfUnsynced(ask))).rejects.toMatchObject(error)
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it('answered with another strategy, that one decides; writes can be given up in it [F66]', async () => {
    const { client, tasks, accounts, status } = scene()
    await tasks.create({ id: 'a', title: 'sent' })
    await switchUser(
      client,
      'ben',
      promptIfUnsynced(() => syncThenSwitch()),
    )
    expect(accounts.of('ann').record('tasks', 'a')).toMatchObject({ title: 'sent' })
    await tasks.create({ id: 'b', title: 'given up' })
    await switchUser(
      client,
      'ann',
      promptIfUnsynced(async () => {
        await clear(client, { discardPending: true })
        return keepLocal()
      }),
    )
    await switchUser(client, 'ben')
    expect(status()).toMatchObject({ pending: 0, writes: { accepted: 1, discarded: 1 } })
  })

  it('a later switch takes the place of one that is being asked about, and dispose ends it', async () => {
    const { client, tasks } = scene()
    await tasks.create({ id: 'a', title: 'of ann' })
    let answer = (_?: SwitchStrategy): void => {}
    const ask = () =>
      new Promise<SwitchStrategy | undefined>((resolve) => {
        answer = resolve
      })
    const first = expect(switchUser(client, 'ben', promptIfUnsynced(ask))).rejects.toMatchObject({
      code: 'SYNC_ABORTED',
    })
    await expect.poll(() => answer.length).toBe(1)
    await switchUser(client, 'cleo')
    await first
    answer(keepLocal())
    await tasks.create({ id: 'c', title: 'of cleo' })
    const last = expect(switchUser(client, 'ben', promptIfUnsynced(ask))).rejects.toMatchObject({ code: 'SYNC_CLOSED' })
    await tasks.count()
    await client.dispose()
    await last
  })

  it('refuses what is no function', () => {
    expect(() => promptIfUnsynced(keepLocal() as never)).toThrow(
      expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }),
    )
  })
})

describe('clearAndFetch', () => {
  it('destroys what is here of the one who signs in, and nothing of the one who leaves', async () => {
    const store = new Disk()
    const { client, tasks, accounts, sync } = scene({ store })
    accounts.of('ben').write('tasks', 'b', { id: 'b', title: 'old' })
    await switchUser(client, 'ben')
    await sync()
    await switchUser(client, 'ann')
    await tasks.create({ id: 'a', title: 'of ann' })
    accounts.of('ben').edit('tasks', 'b', { title: 'new' })
    await switchUser(client, 'ben', clearAndFetch())
    expect(await titles({ tasks })).toEqual([])
    expect(store.values('u-ben', 'base').size).toBe(0)
    await sync()
    expect(await titles({ tasks })).toEqual(['new'])
    expect(accounts.of('ben').pulls.filter(({ cursor }) => cursor === null)).toHaveLength(2)
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann'])
  })

  it.each([
    ['waits', {}],
    ['was refused', { forbidden: true }],
  ])('refuses while a write of the one who signs in %s, and both stay as they are [F66]', async (_, more) => {
    const { client, tasks, sync, accounts } = scene({ store: new Disk() })
    await switchUser(client, 'ben')
    await tasks.create({ id: 'b', title: 'of ben', ...more })
    if ('forbidden' in more) await sync()
    await switchUser(client, 'ann')
    await tasks.create({ id: 'a', title: 'of ann' })
    await expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject(unsynced)
    expect(await titles({ tasks })).toEqual(['of ann'])
    await switchUser(client, 'ben', clearAndFetch({ discardPending: true }))
    await sync()
    expect(accounts.of('ben').effects).toEqual([])
    expect(await titles({ tasks })).toEqual([])
  })

  it('refuses where a write can no longer be read, unless told; then data that does not load at all goes too', async () => {
    const store = new Disk()
    const { client, tasks } = scene({ store })
    await switchUser(client, 'ben')
    await tasks.create({ id: 'b', title: 'of ben' })
    await switchUser(client, 'ann')
    const [key] = [...store.values('u-ben', 'op').keys()] as [string]
    store.broken.add(`op/${key}`)
    await expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject(unsynced)
    store.broken.clear()
    const open = await store.open({ namespace: 'u-cleo' })
    await open.commit([{ table: 'base', key: 'tasks/a', value: 'sealed' }], 0)
    await open.close()
    await expect(switchUser(client, 'cleo', clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_STORE_CORRUPT' })
    await switchUser(client, 'cleo', clearAndFetch({ discardPending: true }))
    expect(await titles({ tasks })).toEqual([])
  })

  it('for the same user is clear, and goes on', async () => {
    const { client, tasks, sync, accounts } = scene()
    accounts.of('ann').write('tasks', 'a', { id: 'a', title: 'base' })
    await sync()
    await tasks.create({ id: 'b', title: 'waits' })
    await expect(switchUser(client, 'ann', clearAndFetch())).rejects.toMatchObject(unsynced)
    await switchUser(client, 'ann', clearAndFetch({ discardPending: true }))
    expect(await titles({ tasks })).toEqual([])
    await sync()
    expect(await titles({ tasks })).toEqual(['base'])
  })

  it('is refused where the data is open elsewhere, and changes nothing', async () => {
    const memory = memoryStore()
    const { client, tasks } = scene({ store: wrapStore(memory) })
    await tasks.create({ id: 'a', title: 'of ann' })
    const held = await memory.open({ namespace: 'u-ben', durability: 'none', env: {} as never })
    await expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    await expect(switchUser(client, 'ben', clearAndFetch({ discardPending: true }))).rejects.toMatchObject({
      code: 'SYNC_STORE_LOCKED',
    })
    expect(await titles({ tasks })).toEqual(['of ann'])
    await held.close()
  })

  it('that gives way to another switch before it removes anything removes nothing', async () => {
    const disk = new Disk()
    const { open, passed } = gate()
    const { client, tasks, sync, accounts } = scene({
      store: {
        ...wrapStore(disk),
        async open(spec) {
          const opened = await disk.open(spec)
          return {
            ...opened,
            async *load(after) {
              if (reading) await passed
              yield* opened.load(after)
            },
          }
        },
      },
    })
    let reading = false
    accounts.of('ben').write('tasks', 'b', { id: 'b', title: 'of ben' })
    await switchUser(client, 'ben')
    await sync()
    await switchUser(client, 'ann')
    reading = true
    const cut = expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await quiet()
    reading = false
    const other = switchUser(client, 'cleo')
    open()
    await Promise.all([cut, other])
    await switchUser(client, 'ben')
    expect(await titles({ tasks })).toEqual(['of ben'])
  })

  it('for the same user that gives way to another switch discards nothing', async () => {
    const { open, passed } = gate()
    const store = wrapStore(new Disk())
    const { client, tasks } = scene({ store })
    await tasks.create({ id: 'a', title: 'of ann' })
    let writing = false
    store.beforeCommit = () => {
      writing = true
      return passed
    }
    const write = tasks.create({ id: 'b', title: 'more' })
    await until(() => writing)
    const cleared = switchUser(client, 'ann', clearAndFetch({ discardPending: true }))
    const cut = expect(cleared).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    await quiet()
    const other = switchUser(client, 'ben')
    open()
    await Promise.all([write, cut, other])
    await switchUser(client, 'ann')
    expect(await titles({ tasks })).toEqual(['of ann', 'more'])
  })

  it.each(['open', 'load', 'close', 'destroy'] as const)(
    'fails in time where %s of the store hangs, and the next switch is not held up',
    async (what) => {
      const disk = new Disk()
      let hangs = false
      const store: LocalStore = {
        name: 'hanging',
        capabilities: disk.capabilities,
        async open(spec) {
          const hung = hangs
          if (hung && what === 'open') await never()
          const open = await disk.open(spec)
          return {
            ...open,
            async *load(after) {
              if (hung && what === 'load') await never()
              yield* open.load(after)
            },
            close: () => (hung && what === 'close' ? never() : open.close()),
          }
        },
        destroy: (namespace) => (hangs && what === 'destroy' ? never() : disk.destroy(namespace)),
      }
      const { client, tasks, env } = scene({ store })
      await tasks.create({ id: 'a', title: 'of ann' })
      hangs = true
      const code = what === 'open' ? 'SYNC_STORE_BLOCKED' : 'SYNC_STORE_BROKEN'
      const ended = expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject({ code })
      await env.advance(120_000)
      await ended
      expect(await titles({ tasks })).toEqual(['of ann'])
      hangs = false
      await switchUser(client, 'cleo')
      await switchUser(client, 'ann')
      expect(await titles({ tasks })).toEqual(['of ann'])
    },
  )

  it('fails with an error of the store whatever that throws', async () => {
    const disk = new Disk()
    const destroy = (): Promise<void> => Promise.reject(new TypeError('torn'))
    const { client } = scene({ store: { ...wrapStore(disk), destroy } })
    await expect(switchUser(client, 'ben', clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_STORE_FAILED' })
  })

  it('is not for nobody, nor takes other options', async () => {
    const { client } = scene()
    await expect(switchUser(client, undefined, clearAndFetch())).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    for (const options of [{ discard: true }, { discardPending: 1 }, null, 5]) {
      expect(() => clearAndFetch(options as never)).toThrow(expect.objectContaining({ code: 'SYNC_INPUT_INVALID' }))
    }
  })
})

describe('clear', () => {
  it('is refused while nobody is signed in', async () => {
    const { client } = scene()
    await switchUser(client, undefined)
    await expect(clear(client)).rejects.toMatchObject({ code: 'SYNC_AUTH_REQUIRED' })
  })
})

describe('keepLocal', () => {
  it('keeps operations as they are: same ids, same payloads', async () => {
    const store = new Disk()
    const { client, tasks } = scene({ store })
    await tasks.create({ id: 'a', title: 'of ann' })
    const before = [...store.values('u-ann', 'op')] as [string, Operation][]
    await switchUser(client, 'ben', keepLocal())
    await switchUser(client, 'ann', keepLocal())
    expect([...store.values('u-ann', 'op')]).toEqual(before)
  })
})
