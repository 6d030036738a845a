import { expect } from 'vitest'
import { expectAll } from '../world/oracles.ts'
import { isInStep, settle } from '../world/stage.ts'
import { scene, type Theme } from './scene.ts'

/** What changed while the live channel was down never arrives. */
export const liveGaps: Theme = (kind) => {
  scene(
    'T5: what changed while the channel was down is there after it has come back',
    kind,
    async (stage) => {
      const { device, network } = stage
      network.plan({ column: 'live', handshake: 'refused', strike: async () => undefined, skip: 0, times: 2 })
      network.channels.drop()
      await stage.write({ id: 'r1', title: 'r1 in the gap', n: 2 })
      await stage.write({ id: 'f1', title: 'f1 in the gap', n: 1 })
      await stage.remove('r2')
      await device.until(() => isInStep(stage), 'what changed in the gap')
      await network.heal()
      await stage.write({ id: 'r3', title: 'r3 after the gap', n: 2 })
      await device.until(() => isInStep(stage), 'what changed after the gap')
      await settle(stage)
      await expectAll(stage, ['f1', 'r1', 'r3'])
    },
    { live: true },
  )

  scene('T5: a device that was offline has everything after it has come back', kind, async (stage) => {
    const { device } = stage
    device.clock.setOnline(false)
    for (let at = 1; at <= 8; at += 1) await stage.write({ id: `f${at}`, title: `f${at}`, n: at })
    await stage.remove('r1')
    device.clock.setOnline(true)
    await device.until(() => isInStep(stage), 'what changed meanwhile')
    expect((await device.notes.readAll()).length).toBe(10)
  })
}
