import { Device } from './devices/device.ts'
import { allAtRest } from './oracles/at-rest.ts'
import type { Violation } from './oracles/violation.ts'
import { users, type World } from './world.ts'

/** After the faults everything must be in step within so long, ms. */
const deadlineMs = 600_000

/** How long people let conflicts wait that hold up other writes, ms; and so many rounds, however long those take. */
const patienceMs = 60_000
const patientRounds = 6

/**
 * Whether everything has been in step for so long that each heard of what the others did last. Where a pull takes longer than the
 * time between two, somebody is always at it: then it is enough that each said so in several rounds one after the other.
 */
function stillness({ devices, diary }: World): () => boolean {
  let heard = diary.facts.length
  let rounds = 0
  let calm = 0
  let ends = ''
  return () => {
    const said = new Set(
      diary.facts.slice(heard).map((fact) => fact.kind === 'status' && fact.status.state === 'synced' && fact.tab),
    )
    heard = diary.facts.length
    const tabs = devices.flatMap((device) => device.tabs)
    const statuses = tabs.map(({ client }) => client?.status.getSnapshot())
    // What ended meanwhile the others have yet to hear of.
    const now = JSON.stringify(statuses.map((one) => one?.writes))
    if (now !== ends) rounds = calm = -1
    ends = now
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
  world.diary.tell({ kind: 'healed' })
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

/** Who is not in step, and what waits there. */
async function whatWaits(world: World): Promise<string> {
  const rest = await allAtRest(world)
  const tabs = world.devices.flatMap((device) => device.tabs)
  const states = tabs.flatMap(({ name, account, client }) => {
    const { state = 'unopened', pending = 0, error } = client?.status.getSnapshot() ?? {}
    return state === 'synced' ? [] : [`${name} of ${account.shown} is ${state} with ${pending} pending, ${error?.code}`]
  })
  const waits = rest.flatMap(({ device, operations }) =>
    [...operations.values()].flat().flatMap(({ state, kind, collection, id, expected }) => {
      if (state !== 'pending') return []
      const version = expected === undefined ? 'a version that is not known' : `version ${expected}`
      return [`on ${device} a ${kind} of ${collection}/${id} for ${version}`]
    }),
  )
  return [...states, ...waits].join('; ')
}

/** How often clients are looked at, ms: each has had time for a whole cycle, also where its requests take longer than the time between two. */
const roundMs = ({ history: { setup } }: World): number => setup.pullIntervalMs + 24 * setup.networkMs

/** Waits until every client says that it is in step. */
async function inStep(world: World): Promise<readonly Violation[]> {
  const end = world.loop.now + deadlineMs
  const isStill = stillness(world)
  for (let round = 1; world.loop.now < end; round += 1) {
    await world.loop.run(Math.min(end, world.loop.now + roundMs(world)))
    if (isStill()) return []
    // What refers to a record that waits in the inbox waits with it: somebody has to decide.
    if (world.history.setup.relations && round > patientRounds && end - world.loop.now < deadlineMs - patienceMs)
      for (const device of world.devices) device.decideAll()
  }
  return [{ invariant: 'I13', what: `not in step ${deadlineMs} ms after the last fault: ${await whatWaits(world)}` }]
}

/** Each user gets one more device, which has to come to the same as the others. */
async function newcomers(world: World): Promise<readonly Violation[]> {
  const known = users.filter((user) => world.devices.some((device) => device.users.has(user)))
  const added = known.map((user) => new Device(world, `new-${user}`, user))
  world.devices = [...world.devices, ...added]
  for (const device of added) device.boot()
  if (world.brisk) {
    // The others stood still before, and nobody writes: there is nothing more to hear of.
    const isThere = (): boolean =>
      world.devices.every(({ tabs }) => tabs.every(({ client }) => client?.status.getSnapshot()?.state === 'synced'))
    await world.loop.run(world.loop.now + roundMs(world), isThere)
    if (isThere()) return []
  }
  return inStep(world)
}

/** One user after the other: what waits on a device is sent when its user is back there, and others who have that user's data hear of it. */
async function inTurn(world: World): Promise<readonly Violation[]> {
  const found: Violation[] = []
  for (const user of users) {
    const theirs = world.devices.filter((device) => device.users.has(user))
    if (theirs.every((device) => device.user === user)) continue
    for (const device of theirs) device.recover(user)
    found.push(...(await inStep(world)))
  }
  return found
}

/** How many decisions people made so far. */
const decisions = ({ diary }: World): number => diary.facts.filter(({ kind }) => kind === 'resolved').length

/** Takes every fault away, waits until all are in step, one user after the other, and lets newcomers begin with nothing. */
export async function heal(world: World): Promise<readonly Violation[]> {
  const found = [...(await calm(world))]
  for (const device of world.devices) device.recover(device.user || device.lastUser)
  found.push(...(await inStep(world)))
  for (let decided = -1; decided < decisions(world) && found.length === 0; ) {
    decided = decisions(world)
    // What was decided while a device had another user has yet to come there.
    found.push(...(await inTurn(world)))
  }
  if (found.length === 0) found.push(...(await newcomers(world)))
  found.push(...endless(waiting(world)))
  return found
}
