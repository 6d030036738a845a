import { expect, it } from 'vitest'
import { clear } from '../../src/users/index.ts'
import { device } from '../support/device.ts'
import { never, TestServer } from '../support/server.ts'
import { wrapStore } from '../support/stores.ts'
import { quiet, until } from '../support/virtual-env.ts'

it('a synchronize() that comes while stop() is under way is done after it, and nothing else [F82]', async () => {
  const server = new TestServer()
  const { client, env, tasks } = device(server)
  await tasks.create({ id: 'a', title: 'a' })
  server.beforePull = () => never()
  await client.start()
  await until(() => server.pulls.length === 1)
  const stopping = client.stop()
  // The stop has begun, and waits for the cycle.
  await until(() => server.contexts[0]?.signal.aborted === true)
  server.beforePull = () => {}
  const synced = client.synchronize()
  await stopping
  await expect(synced).resolves.toMatchObject({ pushed: 1 })
  const { length } = server.calls
  await env.advance(3_600_000)
  expect([server.calls.length, env.timers()]).toEqual([length, 0])
})

it('what is started while clear() removes connects only after it [F82]', async () => {
  const server = new TestServer()
  server.write('tasks', 's', { id: 's', title: 'from the server' })
  const store = wrapStore()
  const { client, env, tasks } = device(server, { store })
  await client.start()
  await env.advance(5000)
  const { length } = server.calls
  let goOn = (): void => {}
  store.beforeCommit = () =>
    new Promise((resolve) => {
      goOn = resolve
    })
  const clearing = clear(client)
  await quiet()
  void client.stop()
  await client.start()
  await quiet()
  expect([server.calls.length, server.subscribers]).toEqual([length, 0])
  store.beforeCommit = () => {}
  goOn()
  await clearing
  await env.advance(5000)
  expect(server.subscribers).toBe(1)
  expect(await tasks.count()).toBe(1)
})
