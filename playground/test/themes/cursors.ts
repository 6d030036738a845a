import { expectAll } from '../world/oracles.ts'
import { isInStep, settle } from '../world/stage.ts'
import { offline, scene, type Theme } from './scene.ts'

const day = 86_400_000

/** A place in a feed, or a clock, passes over rows. */
export const cursors: Theme = (kind) => {
  scene('T6: rows of one stamp on both sides of the edge of a page arrive all', kind, async (stage) => {
    const { device, place } = stage
    // A page has three rows.
    await place.atOnce(async () => {
      for (let at = 1; at <= 7; at += 1) await stage.write({ id: `f${at}`, title: `f${at}`, n: at })
    })
    await device.until(() => isInStep(stage), 'all rows of one stamp')
  })

  for (const [name, ms] of Object.entries({ 'a day ahead': day, 'a day behind': -day })) {
    scene(`T6: a device whose clock is ${name} sends and gets everything`, kind, async (stage) => {
      const { device, diary } = stage
      device.clock.jump(ms)
      await offline(device, async () => {
        await diary.create('c1')
        await diary.edit('r1')
      })
      await stage.write({ id: 'r2', title: 'r2 meanwhile', n: 2 })
      device.clock.setOnline(true)
      await settle(stage)
      device.clock.jump(-ms)
      await stage.write({ id: 'r3', title: 'r3 later', n: 2 })
      await diary.edit('c1')
      await device.until(() => isInStep(stage), 'what changed after the clock was set right')
      await settle(stage)
      await expectAll(stage, ['c1', 'r1', 'r2', 'r3'])
    })
  }
}
