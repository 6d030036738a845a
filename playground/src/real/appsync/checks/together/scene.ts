import { deepStrictEqual } from 'node:assert/strict'
import type { AmazonDevice } from '../../amazon/commands.ts'
import { type Note, noteFields } from '../../note.ts'
import type { OurDevice } from '../../ours/commands.ts'
import type { Party, Stage } from '../../stage.ts'
import { eventually } from '../../waiting.ts'

/** Both clients, connected to one double. */
export interface Scene {
  readonly stage: Stage
  readonly amazon: Party<AmazonDevice>
  readonly ours: Party<OurDevice>
}

/** Both clients, connected. `handler` says who decides conflicts of DataStore. */
export async function openScene(stage: Stage, handler: 'app' | 'own' = 'app'): Promise<Scene> {
  const [amazon, ours] = [await stage.amazon({ handler }), await stage.ours()]
  await amazon.device.start()
  await eventually(async () => (await amazon.device.told()).some(({ event }) => event === 'ready'), true)
  await ours.device.start()
  await ours.device.sync()
  return { stage, amazon, ours }
}

/** The title a client shows for a note; `undefined`: it shows no such note. */
export const titleOf = async (party: Scene['amazon'] | Scene['ours'], id: string): Promise<string | undefined> =>
  (await noteOf(party, id))?.title

/** A new note with the fields of {@link noteFields} that both have. */
export async function sharedNote(scene: Scene, title: string): Promise<string> {
  const id = await scene.amazon.device.create(noteFields(title))
  await allHave(scene, { id, ...noteFields(title) }, 1)
  return id
}

const noteOf = async ({ device }: Scene['amazon'] | Scene['ours'], id: string): Promise<Note | undefined> =>
  (await device.notes()).find((note) => note.id === id)

/** Waits until both clients show the note so, and looks whether the server has it so, in that version. */
export async function allHave({ stage, amazon, ours }: Scene, { id, ...fields }: Note, version: number): Promise<void> {
  await eventually(() => noteOf(amazon, id), { id, ...fields })
  await eventually(() => noteOf(ours, id), { id, ...fields })
  await eventually(() => stage.row(id), { version, deleted: false, fields: { ...fields } })
  deepStrictEqual(await amazon.device.version(id), version)
}

/** Waits until neither client shows the note, and looks whether it is deleted on the server, in that version. */
export async function nobodyHas({ stage, amazon, ours }: Scene, id: string, version: number): Promise<void> {
  await eventually(() => noteOf(amazon, id), undefined)
  await eventually(() => noteOf(ours, id), undefined)
  const row = stage.row(id)
  deepStrictEqual([row?.deleted, row?.version], [true, version])
}
