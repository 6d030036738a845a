import { expect, it } from 'vitest'
import { conflicts, quarantine } from '../../src/inbox/index.ts'
import { switchUser } from '../../src/users/index.ts'
import { Accounts } from '../support/accounts.ts'
import { type Device, type DeviceOptions, device } from '../support/device.ts'
import { Disk } from '../support/stores.ts'

function scene(options: DeviceOptions = {}): Device & { readonly accounts: Accounts } {
  const accounts = new Accounts()
  return { ...device(accounts.of('ann'), { user: 'ann', remote: accounts.adapter(), ...options }), accounts }
}

/** ann has a refused write to `q`, a conflict of `p`, and `n` in step. */
async function shelved({ accounts, tasks, sync }: ReturnType<typeof scene>): Promise<void> {
  const ann = accounts.of('ann')
  for (const id of ['n', 'p', 'q']) ann.write('tasks', id, { id, title: 'base' })
  await sync()
  await tasks.update('q', { title: 'refused', forbidden: true })
  await tasks.update('p', { title: 'mine' })
  ann.write('tasks', 'p', null)
  await sync()
}

it('each user sees their own refused writes and conflicts, live, over switches and restarts', async () => {
  const store = new Disk()
  const first = scene({ store })
  await shelved(first)
  const { client, accounts } = first
  const told: (readonly [number, number])[] = []
  const lists = [quarantine(client), conflicts(client)] as const
  const look = (): void => void told.push([lists[0].getSnapshot()?.length ?? -1, lists[1].getSnapshot()?.length ?? -1])
  lists[0].subscribe(look)
  await switchUser(client, 'ben')
  await switchUser(client, 'ann')
  expect(told).toEqual([
    [1, 1],
    [0, 0],
    [1, 1],
  ])
  const [dead, parked] = [lists[0].getSnapshot()?.[0], lists[1].getSnapshot()?.[0]]
  await client.dispose()

  const again = device(accounts.of('ann'), { user: 'ben', store, remote: accounts.adapter() })
  await again.tasks.count()
  expect([quarantine(again.client).getSnapshot(), conflicts(again.client).getSnapshot()]).toEqual([[], []])
  await switchUser(again.client, 'ann')
  expect(quarantine(again.client).getSnapshot()).toMatchObject([{ id: dead?.id, recordId: 'q' }])
  expect(conflicts(again.client).getSnapshot()).toMatchObject([{ id: parked?.id, recordId: 'p' }])

  await quarantine(again.client).requeue(dead?.id ?? '', { forbidden: false })
  await conflicts(again.client).resolve(parked?.id ?? '', 'local')
  await again.sync()
  expect(accounts.of('ann').all('tasks')).toMatchObject({ q: { title: 'refused' }, p: { title: 'mine' } })
  expect(again.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2, quarantined: 0, parked: 0 } })
})

it('a write the server always refuses delays itself and what is built on it, and nothing else', async () => {
  const { client, tasks, accounts, sync } = scene()
  await tasks.create({ id: 'poison', title: 'refused', forbidden: true })
  await tasks.update('poison', { title: 'later edit' })
  await tasks.create({ id: 'fine', title: 'taken' })
  await sync()
  expect(Object.keys(accounts.of('ann').all('tasks'))).toEqual(['fine'])
  expect(
    quarantine(client)
      .getSnapshot()
      ?.every(({ recordId }) => recordId === 'poison'),
  ).toBe(true)
  await tasks.update('fine', { title: 'goes on' })
  await sync()
  expect(accounts.of('ann').record('tasks', 'fine')).toMatchObject({ title: 'goes on' })
})
