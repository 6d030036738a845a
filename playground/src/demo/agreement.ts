import { inspect, isDeepStrictEqual } from 'node:util'
import { mustEqual, untilNone } from './checks.ts'
import type { DeviceName, Stage } from './stage.ts'

type Row = { readonly id?: unknown }

/** What stands against "these two have the same rows", one line per row. */
function differences(
  leftName: string,
  left: readonly Row[],
  rightName: string,
  right: readonly Row[],
): readonly string[] {
  const byId = (rows: readonly Row[]): Map<unknown, Row> => new Map(rows.map((row) => [row.id, row]))
  const [ours, theirs] = [byId(left), byId(right)]
  const ids = new Set([...ours.keys(), ...theirs.keys()])
  return [...ids]
    .filter((id) => !isDeepStrictEqual(ours.get(id), theirs.get(id)))
    .map((id) => `task ${id}: ${leftName} has ${inspect(ours.get(id))}, ${rightName} has ${inspect(theirs.get(id))}`)
}

async function objections(name: DeviceName, stage: Stage): Promise<readonly string[]> {
  const device = stage.device(name).commands
  const [tasks, { pending }, rows] = await Promise.all([
    device.listTasks(),
    device.readStatus(),
    stage.server.listRows(),
  ])
  const unsent = pending > 0 ? [`device ${name} has ${pending} writes to send`] : []
  return [...differences(`device ${name}`, tasks, 'the server', rows), ...unsent]
}

/**
 * Waits until these devices (default both) and the server hold deeply equal rows and nothing is left to send; gives the
 * number of rows. @throws Differed with the rows that differ
 */
export async function agreement(stage: Stage, names: readonly DeviceName[] = ['A', 'B']): Promise<number> {
  const all = async (): Promise<readonly string[]> =>
    (await Promise.all(names.map((name) => objections(name, stage)))).flat()
  await untilNone(`agreement of ${names.join(', ')} and the server`, all)
  return (await stage.server.listRows()).length
}

/** Writes of a device, and how many of them have ended. */
export interface Account {
  readonly accepted: number
  readonly ended: number
}

/**
 * Checks that each write a device ever accepted has ended, and none in quarantine or inbox; gives their numbers.
 * @throws Differed
 */
export async function account(name: DeviceName, stage: Stage): Promise<Account> {
  const { accepted, ...endings } = (await stage.device(name).commands.readStatus()).writes
  const ended = Object.values(endings).reduce((sum, count) => sum + count, 0)
  mustEqual(`writes of device ${name} that ended`, ended, accepted)
  const { quarantined, parked } = endings
  mustEqual(`writes of device ${name} that wait for a person`, { quarantined, parked }, { quarantined: 0, parked: 0 })
  return { accepted, ended }
}
