import type { AppClient, Collection } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Step } from '../history/history.ts'
import type { Written } from '../oracles/diary.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'

/** So many records of each collection the history is about. */
const records = 3

/** What a write has to do with. */
interface Scene {
  readonly rows: AppClient['collections'][Collection]
  /** Whose write it is. */
  readonly user: string
  /** The record that many write; each user has records of their own. */
  readonly id: string
  /** A word that is unique to the write. */
  readonly word: string
  /** Says what is about to be written; `undefined` once somebody else is being signed in: what was read is not theirs. */
  readonly begin: (write: Omit<Written, 'collection'>) => Written | undefined
}

/** Does a write and tells of how it went. */
function writing(device: Device, step: Step, act: (scene: Scene) => Promise<Written | undefined>): unknown {
  const { diary, chance } = device.world
  const tab = device.tabBy(chance('tab', step.id))
  const { client, account } = tab ?? {}
  const user = account?.writes
  if (!tab || !client || !user) return 'skipped'
  const { collection, record } = step.act as unknown as { collection: Collection; record: number }
  tab.step = step.id
  const who = { tab: tab.name, user, step: step.id }
  const begin: Scene['begin'] = (write) => {
    if (account.writes !== user) return undefined
    const begun = { collection, ...write }
    diary.tell({ kind: 'begun', ...who, write: begun })
    return begun
  }
  act({ rows: client.collections[collection], user, id: `${user}-${record}`, word: `w${step.id}`, begin }).then(
    (write) => write && diary.tell({ kind: 'accepted', ...who, write }),
    (error: unknown) => diary.tell({ kind: 'refused', ...who, error }),
  )
  return undefined
}

const make: ActKind['make'] = (random) => ({
  collection: pick(['tasks', 'notes'], random('collection')),
  record: Math.floor(random('record') * records),
})

/** Creates the record, or writes its title where it is there. */
export const save: ActKind = {
  weight: 8,
  make,
  run: (device, step) =>
    writing(device, step, async ({ rows, id, word, begin }) => {
      const before = await rows.read(id)
      const write = begin({ id, kind: before ? 'update' : 'create', fields: { title: word } })
      if (write) await (before ? rows.update(id, { title: word }) : rows.create({ id, title: word }))
      return write
    }),
}

/** Appends to the tags of the record; only the device that it belongs to does. */
export const append: ActKind = {
  weight: 6,
  make,
  run: (device, step) =>
    writing(device, step, async ({ rows, user, word, begin }) => {
      const id = `${user}-of-${device.name}`
      const before = await rows.read(id)
      const write = begin({ id, kind: before ? 'update' : 'create', fields: {}, tag: word })
      if (write && before) {
        await rows.update(id, (draft) => {
          draft.tags = [...(draft.tags ?? []), word]
        })
      } else if (write) await rows.create({ id, tags: [word] })
      return write
    }),
}

/** Deletes the record. */
export const remove: ActKind = {
  weight: 2,
  make,
  run: (device, step) =>
    writing(device, step, async ({ rows, id, begin }) => {
      if (!(await rows.read(id))) return undefined
      const write = begin({ id, kind: 'delete', fields: {} })
      if (write) await rows.delete(id)
      return write
    }),
}
