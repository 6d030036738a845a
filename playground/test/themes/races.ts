import { memoryStore } from '@rowkeep/kernel'
import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { isInStep, settle } from '../world/stage.ts'
import { inTurn, offline, scene, type Theme } from './scene.ts'

/** Starting, pausing and reloading at the wrong moment lose writes, or send them for ever. */
export const races: Theme = (kind) => {
  const reopened = memoryStore()
  scene(
    'T10: a sync that is asked for before the data is loaded sends what waits there',
    kind,
    async (stage) => {
      await offline(stage.device, async () => {
        await stage.diary.create('c1')
        await stage.diary.edit('r1')
      })
      await stage.device.client.dispose()
      const device = stage.again()
      // The first call of all.
      await device.client.synchronize()
      expect(device.status()).toMatchObject({ pending: 0, writes: { accepted: 2, applied: 2 } })
      await device.client.start()
      await settle({ ...stage, device })
      await expectAll({ ...stage, device }, ['c1', 'r1', 'r2', 'r3'])
    },
    { client: { store: reopened } },
  )

  scene('T10: a pause in the middle of a request keeps every write', kind, async (stage) => {
    const { device, diary, network } = stage
    await offline(device, async () => {
      for (const id of ['c1', 'c2', 'c3']) await diary.create(id)
      await diary.edit('r1')
    })
    network.plan({ column: 'push', skip: 1, times: 1, strike: inTurn({ kind: 'silence' }) })
    device.clock.setOnline(true)
    await device.until(() => network.struck() > 0, 'the request that gets no answer')
    await device.client.pause()
    expect(device.status().state).toBe('paused')
    await diary.edit('r3')
    await network.heal()
    expect(device.status().pending).toBeGreaterThan(0)
    await device.client.resume()
    await settle(stage)
    await expectAll(stage, ['c1', 'c2', 'c3', 'r1', 'r2', 'r3'])
  })

  const killed = memoryStore()
  scene(
    'T10: a reload in the middle of a request keeps every write, with one effect',
    kind,
    async (stage) => {
      const { device, diary, network } = stage
      await offline(device, async () => {
        for (const id of ['c1', 'c2', 'c3']) await diary.create(id)
        await diary.remove('r1')
      })
      // It arrives, but the app is gone before the answer.
      network.plan({
        column: 'push',
        skip: 1,
        times: 1,
        strike: async (request, server, { hang }) => {
          await server(request)
          return hang()
        },
      })
      device.clock.setOnline(true)
      await device.until(() => network.struck() > 0, 'the request in flight')
      await device.client.dispose()
      await network.heal()
      const again = stage.again()
      await again.client.start()
      await settle({ ...stage, device: again })
      await expectAll({ ...stage, device: again }, ['c1', 'c2', 'c3', 'r2', 'r3'])
    },
    { client: { store: killed } },
  )

  scene('T10: a record that is deleted before it was ever sent leaves nothing behind', kind, async (stage) => {
    const { device, diary } = stage
    const before = (await stage.place.effects.all()).length
    await offline(device, async () => {
      await diary.create('c1')
      await diary.edit('c1')
      await diary.remove('c1')
    })
    device.clock.setOnline(true)
    await settle(stage)
    await device.client.synchronize()
    expect((await stage.place.effects.all()).slice(before), 'what the server did').toEqual([])
    expect(await isInStep(stage)).toBe(true)
    expect(device.status()).toMatchObject({ state: 'synced', pending: 0 })
  })

  scene(
    'T10: a row that leaves the filter leaves the device, and stays on the server',
    kind,
    async (stage) => {
      const { device } = stage
      expect((await device.notes.readAll()).length).toBe(3)
      await stage.write({ id: 'r2', title: 'r2 moved away', n: 9 })
      await device.until(async () => (await device.notes.readAll()).length === 2, 'the row to leave')
      await device.client.synchronize()
      expect(device.status()).toMatchObject({ state: 'synced', pending: 0 })
      expect((await stage.rows()).map(({ id }) => id)).toEqual(['r1', 'r2', 'r3'])
      await stage.write({ id: 'r2', title: 'r2 is back', n: 1 })
      await device.until(async () => (await device.notes.readAll()).length === 3, 'the row to come back')
    },
    { client: { scope: { notes: () => ({ n: 1 }) } } },
  )
}
