import { everyAct } from './actions/index.ts'
import { heal } from './heal.ts'
import type { History } from './history/history.ts'
import { oracles } from './oracles/oracles.ts'
import { followDeaths } from './oracles/remains.ts'
import { storyOf } from './oracles/story.ts'
import type { Violation } from './oracles/violation.ts'
import type { Subject } from './servers/site.ts'
import { type Surroundings, World } from './world.ts'

/** How a history ended. */
export interface Ended {
  readonly violations: readonly Violation[]
  /** Two runs that did the same have the same. */
  readonly trace: number
  readonly events: number
  /** Requests that came back, well or not. */
  readonly requests: number
  /** Simulated life, ms. */
  readonly lifeMs: number
  /** By name how often each fault and act came. */
  readonly counts: ReadonlyMap<string, number>
}

function play(world: World): void {
  let at = 0
  for (const step of world.history.steps) {
    at += step.afterMs
    const device = world.devices[step.device]
    const kind = everyAct[step.act.do]
    if (!device || !kind) continue
    world.loop.plan(at, `step ${step.id}`, () => {
      if (kind.run(device, step) !== 'skipped') world.diary.count(step.act.do)
    })
  }
}

/** Runs one history to its end and judges it. */
export async function runHistory(history: History, subject: Subject, surroundings?: Surroundings): Promise<Ended> {
  const world = await World.open(history, subject, surroundings)
  const remains = followDeaths(world)
  for (const device of world.devices) device.boot()
  play(world)
  const lastMs = history.steps.reduce((sum, { afterMs }) => sum + afterMs, 0)
  await world.loop.run(lastMs + 3_000)
  const late = await heal(world)
  const story = await storyOf(world, await Promise.all(remains))
  const found = await Promise.all(oracles.map(async (oracle) => oracle(story)))
  for (const device of world.devices) for (const tab of device.tabs) tab.kill()
  await world.site.close?.()
  return {
    violations: [...late, ...found.flat()],
    trace: world.loop.trace,
    events: world.loop.events,
    requests: story.facts.filter(({ kind }) => kind === 'requested').length,
    lifeMs: world.loop.now,
    counts: world.diary.counts,
  }
}
