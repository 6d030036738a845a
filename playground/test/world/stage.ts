import type { JsonObject, RemoteAdapter } from '@rowkeep/kernel'
import { quarantine } from '@rowkeep/kernel/inbox'
import type { Place, WorldBackend } from './backends.ts'
import type { Column } from './calls.ts'
import { toldThrough } from './carriers.ts'
import { type DeviceOptions, type Note, type WorldDevice, worldDevice } from './device.ts'
import { type Diary, diaryOf } from './diary.ts'
import { type Network, network } from './network.ts'

/** One cell's world: a fresh backend, a device before it, somebody else who writes, and the network in between. */
export interface Stage {
  readonly kind: WorldBackend
  readonly place: Place
  readonly device: WorldDevice
  readonly diary: Diary
  readonly network: Network
  /** What somebody else wrote, in order; titles as in the effects. */
  readonly foreign: readonly { readonly id: string; readonly title: string | null }[]
  /** A write by somebody else. */
  write(note: Note): Promise<void>
  remove(id: string): Promise<void>
  /** A device that was never there before. */
  fresh(): Promise<WorldDevice>
  /** The device once more, as after a restart where its store was given; its requests meet the same faults. */
  again(): WorldDevice
  /** What the backend has, by id, in the fields of the scenes. */
  rows(): Promise<readonly Note[]>
  close(): Promise<void>
}

/** A row in the fields of the scenes: a backend with fixed columns has more of them. */
export const asNote = ({ id, title, n = null }: JsonObject | Note): Note => ({ id, title, n }) as Note

/** By id: no backend has an order of its own that counts. */
export const byId = (notes: readonly Note[]): readonly Note[] =>
  notes.map(asNote).toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Sets a cell's world up. `planted` is how the oracles are tried. */
export async function openStage(kind: WorldBackend, { live, planted, ...rest }: DeviceOptions): Promise<Stage> {
  const place = await kind.open()
  const { backend } = place
  // Before the device: vendors' clients take the network that there is when they are made.
  let column = (): Column => 'live'
  const wire = await network(kind, backend, () => column())
  const wired = (remote: RemoteAdapter): RemoteAdapter =>
    kind.channel === 'numbered' && live ? toldThrough(remote, wire.channels) : remote
  const options: DeviceOptions = { ...rest, live, planted: (remote) => wired(planted?.(remote) ?? remote) }
  const device = worldDevice(kind, backend, wire, options)
  column = () => device.calls.now()
  const devices = [device]
  const foreign: { readonly id: string; readonly title: string | null }[] = []
  return {
    kind,
    place,
    device,
    diary: diaryOf(device.notes),
    network: wire,
    foreign,
    async write(note) {
      foreign.push({ id: note.id, title: note.title })
      wire.channels.tellEarly()
      await backend.write('notes', { done: false, ...note })
    },
    async remove(id) {
      foreign.push({ id, title: null })
      wire.channels.tellEarly()
      await backend.remove('notes', id)
    },
    async fresh() {
      const one = worldDevice(kind, backend, wire, { live: false })
      devices.push(one)
      await one.client.synchronize()
      return one
    },
    again() {
      const one = worldDevice(kind, backend, wire, options)
      devices.push(one)
      column = () => one.calls.now()
      return one
    },
    rows: async () => byId((await backend.rows('notes')).map(asNote)),
    async close() {
      for (const one of devices) await one.client.dispose()
      await backend.close?.()
      await wire.close()
    },
  }
}

/** Whether the device has what the backend has. */
export async function isInStep({ device, rows }: Pick<Stage, 'device' | 'rows'>): Promise<boolean> {
  const [here, there] = [byId(await device.notes.readAll()), await rows()]
  return JSON.stringify(here) === JSON.stringify(there)
}

/** Brings the device to where nothing waits: what was refused for good is sent again. */
export async function settle({ device, diary }: Pick<Stage, 'device' | 'diary'>): Promise<void> {
  const shelf = quarantine(device.client)
  const settled = async (): Promise<boolean> => {
    const [refused] = shelf.getSnapshot() ?? []
    if (!refused) return device.status().pending === 0 && device.status().state === 'synced'
    for (const one of [refused, ...refused.others]) diary.again(one)
    await shelf.requeue(refused.id)
    return false
  }
  await device.until(settled, 'peace after the fault')
}
