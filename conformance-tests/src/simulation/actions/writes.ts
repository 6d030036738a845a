import type { AppClient, Collection, Row } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { Step } from '../history/history.ts'
import type { Written } from '../oracles/diary.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'

/** So many records of each collection the history is about. */
const records = 3

/** The record's id; each user has records of their own. */
const idOf = (user: string, number: number): string => `${user}-${number}`

/** The tab that a user of the device looks at: the newest one. */
const tabOf = (device: Device): Tab | undefined => device.tabs.at(-1)

/** Does a write and tells of how it went. */
function writing(
  device: Device,
  step: Step,
  act: (
    collection: AppClient['collections'][Collection],
    id: string,
    word: string,
    tab: Tab,
    begin: (write: Written) => Written,
  ) => Promise<Written | undefined>,
): void {
  const tab = tabOf(device)
  if (!tab?.client) return
  const { collection, record } = step.act as unknown as { collection: Collection; record: number }
  tab.step = step.id
  const { diary } = tab.world
  const who = { tab: tab.name, user: tab.user, step: step.id }
  const begin = (write: Written): Written => {
    diary.tell({ kind: 'begun', ...who, write })
    return write
  }
  act(tab.client.collections[collection], idOf(tab.user, record), `w${step.id}`, tab, begin).then(
    (write) => write && diary.tell({ kind: 'accepted', ...who, write }),
    (error: unknown) => diary.tell({ kind: 'refused', ...who, error }),
  )
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
    writing(device, step, async (rows, id, word, _tab, begin) => {
      const { collection } = step.act as unknown as { collection: Collection }
      const before = await rows.read(id)
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: { title: word } })
      await (before ? rows.update(id, { title: word }) : rows.create({ id, title: word }))
      return write
    }),
}

/** Appends to the tags of the record; only the device that it belongs to does. */
export const append: ActKind = {
  weight: 6,
  make,
  run: (device, step) =>
    writing(device, step, async (rows, _id, word, tab, begin) => {
      const id = `${tab.user}-of-${device.name}`
      const { collection } = step.act as unknown as { collection: Collection }
      const before: Row | undefined = await rows.read(id)
      const write = begin({ collection, id, kind: before ? 'update' : 'create', fields: {}, tag: word })
      if (before) {
        await rows.update(id, (draft) => {
          draft.tags = [...(draft.tags ?? []), word]
        })
      } else await rows.create({ id, tags: [word] })
      return write
    }),
}

/** Deletes the record. */
export const remove: ActKind = {
  weight: 2,
  make,
  run: (device, step) =>
    writing(device, step, async (rows, id, _word, _tab, begin) => {
      if (!(await rows.read(id))) return undefined
      const { collection } = step.act as unknown as { collection: Collection }
      const write = begin({ collection, id, kind: 'delete', fields: {} })
      await rows.delete(id)
      return write
    }),
}
