import { memoryStore } from '@rowkeep/kernel'
import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { settle } from '../world/stage.ts'
import { inTurn, offline, scene, type Theme } from './scene.ts'

/** The answer to a write is lost, and it takes effect twice. */
export const lostAnswers: Theme = (kind) => {
  scene('T3: a write whose answer was lost takes effect once', kind, async (stage) => {
    const { device, diary, network } = stage
    await offline(device, async () => {
      await diary.create('c1')
      await diary.edit('r1')
      await diary.remove('r2')
    })
    const lost = { kind: 'lost' } as const
    network.plan({ column: 'push', skip: 0, times: 3, strike: inTurn(lost, lost, lost) })
    device.clock.setOnline(true)
    await device.until(() => network.struck() >= 3 || device.status().pending === 0, 'the lost answers')
    await network.heal()
    await settle(stage)
    await expectAll(stage, ['c1', 'r1', 'r3'])
  })

  const store = memoryStore()
  scene(
    'T3: a write whose answer was lost takes effect once, also where the app was closed meanwhile',
    kind,
    async (stage) => {
      const { device, diary, network } = stage
      await offline(device, async () => {
        await diary.create('c1')
        await diary.edit('r1')
      })
      network.plan({ column: 'push', skip: 0, times: 1, strike: inTurn({ kind: 'lost' }) })
      device.clock.setOnline(true)
      await device.until(() => network.struck() > 0, 'the lost answer')
      await device.client.dispose()
      await network.heal()
      const again = stage.again()
      await again.client.start()
      await settle({ ...stage, device: again })
      expect(again.status().writes).toMatchObject({ accepted: 2, applied: 2 })
      await expectAll({ ...stage, device: again }, ['c1', 'r1', 'r2', 'r3'])
    },
    { client: { store } },
  )
}
