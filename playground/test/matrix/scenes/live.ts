import { setTimeout } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Note } from '../../world/device.ts'
import { expectAll } from '../../world/oracles.ts'
import { isInStep, type Stage, settle } from '../../world/stage.ts'
import { begin, endure, heal, type Weather } from './weather.ts'

/** Waits for what a channel brings: no time of the device's passes. */
async function brought(done: () => unknown, what: string, turns = 5000): Promise<true> {
  for (let turn = 0; turn < turns; turn += 1) {
    if (await done()) return true
    await setTimeout(2)
  }
  throw new Error(`${what} did not come about without the device's timers`)
}

/** The channel works: what somebody else writes is told, and is there before any timer of the device. */
async function listens(stage: Stage): Promise<true> {
  const { device, network } = stage
  for (let tries = 0; tries < 50; tries += 1) {
    const before = network.channels.told
    await stage.write({ id: 'r4', title: `r4 for the ${tries}th time`, n: 1 })
    const heard = await brought(() => network.channels.told > before, 'a word of the channel', 50).catch(
      () => undefined,
    )
    if (heard) return brought(() => isInStep(stage), 'what the channel told of')
    // One that was given up before it was open is tried again by a timer.
    device.clock.next()
  }
  throw new Error('the channel never opened')
}

/** What the device showed of each record, in order, one state once. */
function shown(stage: Stage): Map<string, string[]> {
  const seen = new Map<string, string[]>()
  stage.device.notes.watchAll().subscribe((notes: readonly Note[]) => {
    for (const { id, title } of notes) {
      const states = seen.get(id) ?? []
      if (states.at(-1) !== title) states.push(title)
      seen.set(id, states)
    }
  })
  return seen
}

/** No record ever went back to an earlier state of it. */
export async function expectForward(stage: Stage, seen: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const effects = await stage.place.effects.all()
  for (const [id, states] of seen) {
    const order = effects.flatMap((effect) => (effect.id === id && effect.title !== null ? [effect.title] : []))
    const places = states.map((title) => order.indexOf(title))
    expect(places, `the states of ${id} as they were shown: ${states.join('; ')}`).toEqual(
      places.toSorted((a, b) => a - b),
    )
  }
}

/**
 * What somebody else writes, and the device too, is told over a channel that meets the fault; it arrives, by the device's timer
 * at the latest.
 */
export async function liveScene(stage: Stage, weather: Weather): Promise<void> {
  const { device, diary } = stage
  for (const id of ['r1', 'r2', 'r3', 'r4']) await stage.write({ id, title: id, n: 1 })
  // What strikes the opening of a channel has to be there before it.
  const opening = weather.plan !== undefined && weather.plan.frames === undefined
  if (opening) begin(stage, weather)
  await device.client.start()
  // Before any timer of the device: vendors' clients take their own time to open a channel.
  if (opening) await brought(() => stage.network.struck() > 0, 'the fault')
  await settle(stage)
  if (!opening) {
    await listens(stage)
    // The pull that follows the opening of a channel must not be what brings the rows of the fault.
    const opened = device.clock.env.now() + device.settleMs
    await device.until(() => device.clock.env.now() > opened, 'the time after the opening')
    await listens(stage)
  }
  const seen = shown(stage)
  if (!opening) begin(stage, weather)

  await stage.write({ id: 'r1', title: 'r1 once', n: 2 })
  // Before any timer of the device: it must not give up a channel that works.
  if (weather.plan?.frames) await brought(() => stage.network.struck() > 0, 'the fault')
  // At once, so that an older state of a record can come after a newer one.
  await stage.write({ id: 'r1', title: 'r1 twice', n: 3 })
  await stage.write({ id: 'f1', title: 'f1', n: 1 })
  await diary.create('c1')
  await stage.remove('r2')
  await diary.edit('r3')
  await stage.write({ id: 'r4', title: 'r4 again', n: 2 })
  await endure(stage, weather, () => isInStep(stage))
  await device.until(() => isInStep(stage), 'the rows of the backend, by timer at the latest')
  await heal(stage, weather)
  await stage.write({ id: 'r1', title: 'r1 at last', n: 4 })
  await device.until(() => isInStep(stage), 'the last row')
  await settle(stage)
  await expectAll(stage, ['c1', 'f1', 'r1', 'r3', 'r4'])
  await expectForward(stage, seen)
}
