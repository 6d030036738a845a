import { expect, it } from 'vitest'
import { health, recordState } from '../../src/diagnostics/index.ts'
import { type LocalStore, SyncError } from '../../src/index.ts'
import { keepLocal, switchUser } from '../../src/users/index.ts'
import { device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { quiet } from '../support/virtual-env.ts'

it('nothing that was seen of one user is told of the next, by the same live values', async () => {
  const server = new TestServer()
  const { client, tasks, env } = device(server, { store: new Disk(), user: 'ada' })
  const told: string[] = []
  recordState(tasks, 'a').subscribe(({ state, attempts }) => told.push(`${state} ${attempts ?? 0}`))
  const watch = health(client)
  watch.subscribe(() => {})
  server.beforePush = () => {
    throw new SyncError('SYNC_NETWORK')
  }
  await tasks.create({ id: 'a', title: 'of ada' })
  await client.synchronize().catch(() => {})
  server.now = env.now() + 5000
  expect(watch.getSnapshot()?.outbox.failing).toHaveLength(1)
  expect(told.at(-1)).toBe('failed 1')

  await switchUser(client, 'bob', keepLocal())
  await quiet()
  expect(told.at(-1)).toBe('absent 0')
  expect(watch.getSnapshot()).toMatchObject({
    outbox: { pending: 0, failing: [] },
    clockOffsetMs: undefined,
    lastPullAt: undefined,
    store: { storage: 'new' },
  })
  await tasks.create({ id: 'b', title: 'of bob' })
  expect(watch.getSnapshot()?.outbox.byCollection).toEqual({ tasks: 1 })

  await switchUser(client, 'ada', keepLocal())
  await quiet()
  expect(told.at(-1)).toBe('pending 0')
  expect(watch.getSnapshot()).toMatchObject({ outbox: { pending: 1 }, store: { storage: 'kept' } })
})

it("a size that was asked for and comes when the user has changed is not shown as the next one's", async () => {
  const disk = new Disk()
  const answers: (() => void)[] = []
  const store: LocalStore = {
    name: 'slow',
    capabilities: disk.capabilities,
    open: async (spec) => ({
      ...(await disk.open(spec)),
      size: () =>
        new Promise((resolve) => {
          const usedBytes = spec.namespace === 'u-ada' ? 1000 : 2000
          answers.push(() => resolve({ usedBytes, freeBytes: undefined }))
        }),
    }),
    destroy: (namespace) => disk.destroy(namespace),
  }
  const { client, tasks } = device(new TestServer(), { store, user: 'ada' })
  const watch = health(client)
  watch.subscribe(() => {})
  await tasks.readAll()
  await quiet()
  await switchUser(client, 'bob', keepLocal())
  await quiet()
  answers[0]?.()
  await quiet()
  expect(watch.getSnapshot()?.store.usedBytes).toBeUndefined()
  answers[1]?.()
  await quiet()
  expect(watch.getSnapshot()?.store.usedBytes).toBe(2000)
})
