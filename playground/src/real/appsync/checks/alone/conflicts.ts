import { deepStrictEqual, match } from 'node:assert/strict'
import type { Note } from '../../note.ts'
import { noteFields } from '../../note.ts'
import { eventually } from '../../waiting.ts'
import { asked } from '../../wire/operations.ts'
import { mutationsOf, noteOfOthers, rowOf, type Scene } from './scene.ts'

/** Another device changes a note just before DataStore's next update of it is handled. */
function beAheadWith(theirs: Partial<Note>, { stage, door }: Scene, id: string): void {
  door.interrupt('updateNote', () => stage.double.write('notes', { id, ...noteFields(id), ...theirs }))
}

/** What DataStore's error handler was told, but for its own word for a retry after a conflict. */
const refusals = async (device: Scene['device']): Promise<readonly string[]> =>
  (await device.errors()).map(({ message }) => message).filter((message) => message !== 'RetryMutation')

async function mergesAndRetries(scene: Scene): Promise<void> {
  const { stage, device } = scene
  await noteOfOthers(scene, 'to merge')
  beAheadWith({ done: true }, scene, 'to merge')
  await device.change('to merge', { title: 'mine' })
  await eventually(() => stage.row('to merge'), rowOf('mine', 3, { done: true }))
  await eventually(() => device.version('to merge'), 3)
  deepStrictEqual(await device.conflicts(), [{ mine: 'mine', theirs: 'to merge', attempts: 1 }])
  deepStrictEqual(mutationsOf(scene), [
    { updateNote: { id: 'to merge', title: 'mine', _version: 1 } },
    { updateNote: { id: 'to merge', ...noteFields('mine'), done: true, _version: 2 } },
  ])
}

async function readsTheServers(scene: Scene): Promise<void> {
  const { stage, device, door } = scene
  await device.decideFor('server')
  await noteOfOthers(scene, 'to discard')
  beAheadWith({ title: 'theirs' }, scene, 'to discard')
  await device.change('to discard', { title: 'mine' })
  await eventually(async () => (await device.notes()).find(({ id }) => id === 'to discard')?.title, 'theirs')
  await device.decideFor('both')
  deepStrictEqual(stage.row('to discard'), rowOf('theirs', 2))
  deepStrictEqual(asked(door.take(), 'getNote'), [{ id: 'to discard' }])
}

async function conditionFails(scene: Scene): Promise<void> {
  const { stage, device } = scene
  await noteOfOthers(scene, 'on condition')
  beAheadWith({ title: 'theirs' }, scene, 'on condition')
  const before = (await refusals(device)).length
  await device.changeWhere('on condition', 'on condition', { title: 'mine' })
  await eventually(async () => (await refusals(device)).length, before + 1)
  match((await refusals(device)).at(-1) ?? '', /^The conditional request failed/)
  await eventually(async () => (await device.notes()).find(({ id }) => id === 'on condition')?.title, 'theirs')
  deepStrictEqual(stage.row('on condition'), rowOf('theirs', 2))
}

async function conditionHolds(scene: Scene): Promise<void> {
  const { stage, device, door } = scene
  await noteOfOthers(scene, 'as it was')
  await device.changeWhere('as it was', 'as it was', { title: 'mine' })
  await eventually(() => device.version('as it was'), 2)
  deepStrictEqual(stage.row('as it was'), rowOf('mine', 2))
  deepStrictEqual(
    asked(door.take(), 'updateNote').map(({ condition }) => condition),
    [{ and: [{ title: { eq: 'as it was' } }] }],
  )
}

/** Writes that another device was ahead of. */
export async function hearConflicts(scene: Scene): Promise<void> {
  await scene.check('meets ConflictUnhandled, merges the row it carries, and sends that for its version', () =>
    mergesAndRetries(scene),
  )
  await scene.check('discards its write after ConflictUnhandled, and reads the row', () => readsTheServers(scene))
  await scene.check('has a condition that holds tested with its write', () => conditionHolds(scene))
  await scene.check('is told of a condition that no longer holds, with the row', () => conditionFails(scene))
}
