import { type Durability, SyncError } from '@rowkeep/kernel'

/** How an {@link indexeddbStore} keeps its data. */
export interface IndexeddbStoreOptions {
  /** Each namespace is a database of the name `<name>/<namespace>`. 1 to 64 characters. Default `rowkeep`. */
  readonly name?: string
  /**
   * `strict`: a commit resolves once the browser has flushed it to the disk. `relaxed` (default): once the operating system
   * has it; about three times as fast, and the last commits may go with the power. A browser that does not know the
   * difference grants `relaxed`; the open store says what was granted.
   */
  readonly durability?: 'relaxed' | 'strict'
  /** How long one transaction may take, ms, before it is given up. Default 30 000. */
  readonly timeoutMs?: number
  /**
   * Given: the first `open` asks the browser, by `navigator.storage.persist()`, not to delete the origin's data when space
   * is short, and calls this with the answer (`false` where it cannot be asked). Some browsers ask the person, and `open`
   * does not wait for that. Absent: nobody is asked.
   */
  readonly persist?: (granted: boolean) => void
}

/** The options with every default filled in. */
export interface Settings {
  readonly name: string
  readonly durability: Exclude<Durability, 'none'>
  readonly timeoutMs: number
  readonly persist: ((granted: boolean) => void) | undefined
}

const invalid = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `indexeddbStore: ${message}` })

/** Checks the options and fills in the defaults. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function settingsOf(options: IndexeddbStoreOptions): Settings {
  const { name = 'rowkeep', durability = 'relaxed', timeoutMs = 30_000, persist, ...rest } = options
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw invalid(`there is no option "${stranger}"`)
  if (typeof name !== 'string' || !/^[\x20-\x7e]{1,64}$/.test(name)) {
    throw invalid('"name" must be 1 to 64 printable ASCII characters')
  }
  if (durability !== 'relaxed' && durability !== 'strict') throw invalid('"durability" must be "relaxed" or "strict"')
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs < 1) throw invalid('"timeoutMs" must be a whole number, at least 1')
  if (persist !== undefined && typeof persist !== 'function') throw invalid('"persist" must be a function')
  return { name, durability, timeoutMs, persist }
}
