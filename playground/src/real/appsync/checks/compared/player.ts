import type { AmazonDevice } from '../../amazon/commands.ts'
import { noteFields } from '../../note.ts'
import type { OurDevice } from '../../ours/commands.ts'
import type { Party, ServerRow, Stage } from '../../stage.ts'
import { eventually } from '../../waiting.ts'
import type { Operation } from '../../wire/operations.ts'

/** One of the two clients, as the story plays it: each step returns when the server has the write, and the device its version. */
export interface Player extends Pick<OurDevice, 'create' | 'change' | 'changeWhere' | 'remove'> {
  readonly stage: Stage
  readonly door: Party<object>['door']
  /** Brings what was written to the server. */
  sync(): Promise<void>
  /** Waits until the device has that version of the note; deleted ones have none. */
  has(id: string, version: number): Promise<void>
}

/** DataStore as a player. It writes by itself as soon as it can. */
export async function amazonPlayer(stage: Stage): Promise<Player> {
  const { device, door }: Party<AmazonDevice> = await stage.amazon()
  await device.start()
  await eventually(async () => (await device.told()).some(({ event }) => event === 'ready'), true)
  const { create, change, changeWhere, remove } = device
  return {
    stage,
    door,
    create,
    change,
    changeWhere,
    remove,
    sync: async () => undefined,
    has: (id, version) => eventually(() => device.version(id), version),
  }
}

/** Our client as a player; it exchanges with the server after every write. */
export async function ourPlayer(stage: Stage): Promise<Player> {
  const { device, door } = await stage.ours()
  await device.sync()
  const { create, change, changeWhere, remove } = device
  return {
    stage,
    door,
    create,
    change,
    changeWhere,
    remove,
    sync: device.sync,
    async has(id, version) {
      await device.sync()
      await eventually(() => device.outcome(id), `applied ${version}`)
    },
  }
}

/** What a player sent for the story, and what the server had in the end. */
export interface Played {
  readonly id: string
  readonly operations: readonly Operation[]
  readonly row: ServerRow | undefined
}

/** Creates a note, changes it, meets another device's change, changes it on a condition, and deletes it. */
export async function play({ stage, door, ...player }: Player): Promise<Played> {
  door.take()
  const id = await player.create(noteFields('one'))
  await player.has(id, 1)
  await player.change(id, { title: 'two' })
  await player.has(id, 2)
  door.interrupt('updateNote', () => stage.double.write('notes', { id, ...noteFields('two'), done: true }))
  await player.change(id, { title: 'three' })
  await player.has(id, 4)
  await player.changeWhere('three', id, { n: 5 })
  await player.has(id, 5)
  await player.remove(id)
  await player.sync()
  await eventually(() => stage.row(id)?.version, 6)
  return { id, operations: door.take(), row: stage.row(id) }
}
