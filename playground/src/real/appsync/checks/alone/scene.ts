import type { Findings } from '../../../judge.ts'
import type { AmazonDevice } from '../../amazon/commands.ts'
import { noteFields } from '../../note.ts'
import type { Party, ServerRow, Stage } from '../../stage.ts'
import { eventually } from '../../waiting.ts'
import { inputOf, mutationsIn, withoutNulls } from '../../wire/operations.ts'
import { check } from '../check.ts'

/** DataStore on a double to which only it and the judge write. */
export interface Scene extends Party<AmazonDevice> {
  readonly stage: Stage
  /** Runs a check of something that DataStore does; what it sent before is forgotten. */
  check(what: string, run: () => Promise<string | undefined | void>): Promise<void>
}

/** The scene with an app over DataStore on it. */
export function sceneOf(findings: Findings, stage: Stage, party: Party<AmazonDevice>): Scene {
  return {
    ...party,
    stage,
    check: (what, run) =>
      check(findings, `DataStore ${what}`, () => {
        party.door.calm()
        party.door.take()
        return run()
      }),
  }
}

/** A row of the double with the fields of {@link noteFields}, but for those that are given. */
export const rowOf = (title: string, version: number, more: Partial<ServerRow['fields']> = {}): ServerRow => ({
  version,
  deleted: false,
  fields: { ...noteFields(title), ...more } as ServerRow['fields'],
})

/** The titles an app shows, in their order. */
export const titlesOf = async ({ device }: Scene): Promise<readonly string[]> =>
  (await device.notes()).map(({ title }) => title).sort()

/** What the device has written since the check began: the field, and its input without nulls. */
export const mutationsOf = ({ door }: Scene): readonly object[] =>
  mutationsIn(door.take()).map((one) => ({ [one.field]: withoutNulls(inputOf(one)) }))

/** How DataStore's syncs so far ended. */
export const syncsOf = async ({ device }: Scene): Promise<readonly object[]> =>
  (await device.told()).filter(({ event }) => event === 'modelSynced').map(({ data }) => data)

/** Adds a note by another device, and waits until DataStore has it. */
export async function noteOfOthers({ stage, device }: Scene, id: string): Promise<void> {
  await stage.double.write('notes', { id, ...noteFields(id) })
  await eventually(() => device.version(id), 1)
}
