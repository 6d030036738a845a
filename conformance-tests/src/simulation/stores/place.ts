import type { LocalStore, StoreEntry } from '@rowkeep/kernel'
import type { Tab } from '../devices/tab.ts'

/** One namespace as it lies there. */
export interface Kept {
  /** Whose it is, by what is written in it. */
  readonly user: string
  /** Every entry that has a value, in no order. */
  readonly entries: readonly StoreEntry[]
}

/** Where one device keeps its data: any store, on a medium that outlives the tabs. */
export interface Place {
  /** The store as `tab` has it. */
  store(tab: Tab): LocalStore
  /** The tab is gone, however it went: whatever it held is free. */
  gone(tab: Tab): void
  /** What a start of the app would find now. */
  contents(): Promise<readonly Kept[]>
  /** Takes every fault away. Absent: it has none that last. */
  heal?(): void
}
