import type { AppClient, Collection } from '../devices/app.ts'
import type { Device } from '../devices/device.ts'
import type { Tab } from '../devices/tab.ts'
import type { Act, Step } from '../history/history.ts'
import type { Written } from '../oracles/diary.ts'
import { pick } from '../time/chance.ts'
import type { ActKind } from './act.ts'

/** So many records of each collection the history is about. */
const records = 3

/** One of the records that all devices of a user write. */
export const idOf = (user: string, record: number): string => `${user}-${record}`

/** A write that the app has asked for. */
interface Begun {
  accepted(): void
  refused(error: unknown): void
}

/** Tells what is about to be written. */
type Begin = (write: Written, part?: number) => Begun

/** What a write has to do with. */
export interface Scene {
  readonly client: AppClient
  readonly tab: Tab
  readonly device: Device
  readonly act: Act
  readonly collection: Collection
  readonly rows: AppClient['collections'][Collection]
  /** Whose write it is. */
  readonly user: string
  /** The record that many write; each user has records of their own. */
  readonly id: string
  /** A word that is unique to the write. */
  readonly word: string
  readonly begin: Begin
  /** False once somebody else is being signed in: what was read is not theirs, and nothing is written. */
  readonly stays: () => boolean
}

/**
 * Does a write and tells of how it went. Of several in one step each but the first has a `part` of its own: it stands behind the
 * step's number, as hundredths.
 */
export function writing(device: Device, step: Step, run: (scene: Scene) => Promise<unknown>): unknown {
  const { diary, chance } = device.world
  const tab = device.tabBy(chance('tab', step.id))
  const { client, account } = tab ?? {}
  const user = account?.writes
  if (!tab || !client || !user) return 'skipped'
  const { act, id } = step
  const { collection, record } = act as unknown as { collection: Collection; record: number }
  tab.step = id
  const open = new Set<Begun>()
  const begin: Begin = (write, part = 0) => {
    const who = { tab: tab.name, user, step: id + part / 100 }
    diary.tell({ kind: 'begun', ...who, write })
    const begun: Begun = {
      accepted: () => open.delete(begun) && diary.tell({ kind: 'accepted', ...who, write }),
      refused: (error) => open.delete(begun) && diary.tell({ kind: 'refused', ...who, error }),
    }
    open.add(begun)
    return begun
  }
  const rows = client.collections[collection]
  const stays = (): boolean => account.writes === user
  run({
    client,
    tab,
    device,
    act,
    collection,
    rows,
    user,
    id: idOf(user, record),
    word: `w${id}`,
    begin,
    stays,
  }).catch((error: unknown) => {
    if (open.size === 0) diary.tell({ kind: 'failed', tab: tab.name, what: String(act.do), error })
    for (const begun of open) begun.refused(error)
  })
  return undefined
}

/** The details of a write to one of the records that all devices write. */
export const someRecord: ActKind['make'] = (random) => ({
  collection: pick(['tasks', 'notes'], random('collection')),
  record: Math.floor(random('record') * records),
})
