import { describe, expect, it } from 'vitest'
import type { RemoteAdapter } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { virtualEnv } from '../support/virtual-env.ts'

/** A tab whose pages are so long on their way. */
function tab(server: TestServer, store: Disk, latency: (random: () => number) => number, interval: number): Device {
  const env = virtualEnv()
  const inner = server.adapter({ ...withLimits({ pageRows: 2 }), live: 'none' })
  const pull: RemoteAdapter['pull'] = async (...given) => {
    const page = await inner.pull(...given)
    await new Promise<void>((resolve) => {
      env.setTimer(latency(env.random), resolve)
    })
    return page
  }
  return device(server, { store, env, remote: { ...inner, pull }, pullIntervalMs: interval })
}

async function advance(tabs: readonly Device[], ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) for (const { env } of tabs) await env.advance(50)
}

const filled = (rows: number): TestServer => {
  const server = new TestServer()
  for (let n = 0; n < rows; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 't' })
  return server
}

describe('tabs that do not share the work', () => {
  it('let one come to its end whose pages are always later than the runs of another', async () => {
    const server = filled(2)
    const store = new Disk({ tabs: true })
    const fast = tab(server, store, () => 20, 1000)
    const slow = tab(server, store, () => 3000, 1000)
    for (const { client } of [fast, slow]) await client.start()
    await advance([fast, slow], 40_000)
    expect(slow.heard('sync:failed')).toEqual([])
    expect(slow.heard('sync:finished').length).toBeGreaterThan(1)
    server.write('tasks', 'new', { id: 'new', title: 'new' })
    await advance([fast, slow], 20_000)
    expect(await slow.tasks.count()).toBe(3)
  })

  it.each<[string, (server: TestServer) => unknown]>([
    ['a restored backup', (server) => Object.assign(server, { epoch: 'restored' })],
    ['a cursor that is too old', (server) => server.expire()],
  ])('call no listing of another one a failure, after %s', async (_, happens) => {
    const server = filled(60)
    const store = new Disk({ tabs: true })
    const tabs = Array.from({ length: 6 }, () => tab(server, store, (random) => 100 + 400 * random(), 5000))
    for (const { client } of tabs) await client.start()
    await advance(tabs, 30_000)
    happens(server)
    await advance(tabs, 60_000)
    expect(tabs.flatMap(({ heard }) => heard('sync:failed'))).toEqual([])
  })
})
