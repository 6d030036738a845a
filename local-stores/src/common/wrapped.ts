import {
  type CommitNumber,
  type LoadPage,
  type MeasurableStore,
  type OpenStore,
  type RoomyStore,
  type SharedStore,
  type StoreEntry,
  SyncError,
  type WatchableStore,
} from '@rowkeep/kernel'
import { type EntryText, type Limits, textsOf } from './entries.ts'

/** What a store does with entries on their way to another one, and back. */
export interface Wrapping {
  readonly limits: Limits
  /** Entries as the inner store gets them. Called in the order of the commits, one after the other. */
  readonly inward: (entries: readonly EntryText[]) => Promise<readonly StoreEntry[]>
  readonly outward: (after: CommitNumber | undefined) => AsyncIterable<LoadPage>
  /** Told of a commit that took effect. */
  readonly committed?: (entries: readonly EntryText[]) => void
}

/** An open store around another one: what is on its way inward when it is closed still arrives, what comes after fails. */
export function wrapOpen(inner: OpenStore, { limits, inward, outward, committed }: Wrapping): OpenStore {
  let last: Promise<unknown> = Promise.resolve()
  let closing: Promise<void> | undefined
  const mustBeOpen = (): void => {
    if (closing) throw new SyncError('SYNC_CLOSED')
  }
  const { watch, size, room, tabs } = inner as Partial<WatchableStore & MeasurableStore & RoomyStore & SharedStore>
  return {
    durability: inner.durability,
    async *load(after) {
      mustBeOpen()
      yield* outward(after)
    },
    async commit(entries, after) {
      mustBeOpen()
      // Now, and not when its turn comes: the caller may change a value in between.
      const texts = textsOf(entries, limits)
      const pass = async (): Promise<CommitNumber> => {
        const head = await inner.commit(await inward(texts), after)
        committed?.(texts)
        return head
      }
      const turn = last.then(pass)
      last = turn.catch(() => undefined)
      return turn
    },
    close() {
      closing ??= last.then(() => inner.close())
      return closing
    },
    ...(watch ? { watch: watch.bind(inner) } : {}),
    ...(size ? { size: size.bind(inner) } : {}),
    ...(room ? { room: room.bind(inner) } : {}),
    ...(tabs ? { tabs } : {}),
  }
}
