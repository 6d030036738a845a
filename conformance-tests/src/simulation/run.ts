import { acts } from './actions/index.ts'
import type { History } from './history/history.ts'
import { oracles } from './oracles/oracles.ts'
import { storyOf } from './oracles/story.ts'
import type { Violation } from './oracles/violation.ts'
import type { Subject } from './servers/site.ts'
import { type Surroundings, users, World } from './world.ts'

/** After the faults everything must be in step within so long, ms. */
const deadlineMs = 600_000

/** How long people let conflicts wait that hold up other writes, ms. */
const patienceMs = 60_000

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
    const kind = acts[step.act.do]
    if (!device || !kind) continue
    world.loop.plan(at, `step ${step.id}`, () => {
      if (kind.run(device, step) !== 'skipped') world.diary.count(step.act.do)
    })
  }
}

/**
 * Whether everything has been in step for so long that each heard of what the others did last. Where a pull takes longer than the
 * time between two, somebody is always at it: then it is enough that each said so in several rounds one after the other.
 */
function stillness({ devices, diary }: World): () => boolean {
  let heard = diary.facts.length
  let rounds = 0
  let calm = 0
  return () => {
    const said = new Set(
      diary.facts.slice(heard).map((fact) => fact.kind === 'status' && fact.status.state === 'synced' && fact.tab),
    )
    heard = diary.facts.length
    const tabs = devices.flatMap((device) => device.tabs)
    const statuses = tabs.map(({ client }) => client?.status.getSnapshot())
    const isSynced = statuses.map((one) => one?.state === 'synced')
    const isCalm = tabs.every(({ name }, at) => isSynced[at] || (said.has(name) && statuses[at]?.pending === 0))
    rounds = isSynced.every((one) => one) ? rounds + 1 : 0
    calm = isCalm ? calm + 1 : 0
    return rounds >= 2 || calm >= 4
  }
}

/** How long what the app has asked for may take, ms: a store that hangs is given up after a minute, and once more when it is opened anew. */
const callMs = 200_000

/** What waits for the end of a write waits until the client may send it. */
const mayWait = / settled /

/** What apps wait for. */
const waiting = (world: World): readonly string[] =>
  world.devices.flatMap(({ tabs }) => tabs.flatMap(({ waits }) => [...waits]))

const endless = (waits: readonly string[]): readonly Violation[] =>
  waits.map((wait) => ({ invariant: 'I12', what: `${wait} has no end` }))

/** Lets everything go on, and waits for what was under way. */
async function calm(world: World): Promise<readonly Violation[]> {
  world.faulty = false
  const tabs = world.devices.flatMap((device) => device.tabs)
  for (const tab of tabs) if (tab.frozen) tab.thaw()
  for (const device of world.devices) {
    device.place.heal?.()
    device.setOnline(true)
    for (const user of device.users) world.site.signIn?.(device, user)
  }
  // What waited for tabs to go on comes to them first.
  await world.loop.run(world.loop.now + 5_000)
  await world.loop.run(world.loop.now + callMs, () => waiting(world).every((wait) => mayWait.test(wait)))
  return endless(waiting(world).filter((wait) => !mayWait.test(wait)))
}

/** Waits until every client says that it is in step. */
async function inStep(world: World): Promise<readonly Violation[]> {
  const end = world.loop.now + deadlineMs
  const isStill = stillness(world)
  while (world.loop.now < end) {
    await world.loop.run(Math.min(end, world.loop.now + world.history.setup.pullIntervalMs))
    if (isStill()) return []
    // What refers to a record that waits in the inbox waits with it: somebody has to decide.
    if (world.history.setup.relations && end - world.loop.now < deadlineMs - patienceMs)
      for (const device of world.devices) device.decideAll()
  }
  const states = world.devices.flatMap(({ tabs }) =>
    tabs.map(({ name, client }) => `${name} ${JSON.stringify(client?.status.getSnapshot())}`),
  )
  return [{ invariant: 'I13', what: `not in step ${deadlineMs} ms after the last fault: ${states.join('; ')}` }]
}

async function heal(world: World): Promise<readonly Violation[]> {
  const found = [...(await calm(world))]
  for (const device of world.devices) device.recover(device.user || device.lastUser)
  found.push(...(await inStep(world)))
  // What waits on a device is sent when its user is back there, and others who have that user's data hear of it.
  for (const user of users) {
    const theirs = world.devices.filter((device) => device.users.has(user))
    if (theirs.every((device) => device.user === user)) continue
    for (const device of theirs) device.recover(user)
    found.push(...(await inStep(world)))
  }
  found.push(...endless(waiting(world)))
  return found
}

/** Runs one history to its end and judges it. */
export async function runHistory(history: History, subject: Subject, surroundings?: Surroundings): Promise<Ended> {
  const world = await World.open(history, subject, surroundings)
  for (const device of world.devices) device.boot()
  play(world)
  const lastMs = history.steps.reduce((sum, { afterMs }) => sum + afterMs, 0)
  await world.loop.run(lastMs + 3_000)
  const late = await heal(world)
  const story = await storyOf(world)
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
