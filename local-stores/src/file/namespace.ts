import {
  type CommitNumber,
  type Durability,
  isSyncError,
  type LoadPage,
  type MeasurableStore,
  type OpenStore,
  type StoreEntry,
  SyncError,
} from '@rowkeep/kernel'
import type { Limits } from '../common/entries.ts'
import { Breaks } from './breaks.ts'
import { compact } from './compact.ts'
import { failure } from './failures.ts'
import type { Journal } from './journal.ts'
import { type Batch, batchOf } from './lines.ts'
import { pagesOf, viewOf } from './load.ts'
import type { Lock } from './lock.ts'
import { durabilityOf, type Settings } from './options.ts'
import type { Reserve } from './reserve.ts'
import { journalPath, type Space } from './space.ts'
import { Turns } from './turns.ts'

/** What an open namespace is made of. */
export interface NamespaceParts {
  readonly space: Space
  readonly lock: Lock
  readonly journal: Journal
  readonly reserve: Reserve
  readonly settings: Settings
  readonly limits: Limits
  readonly pause: (resume: () => void) => void
}

/** One namespace, open: checks, orders and writes commits, and keeps the journal small behind them. */
export class OpenNamespace implements OpenStore, MeasurableStore {
  readonly durability: Durability
  readonly #parts: NamespaceParts
  readonly #turns = new Turns()
  readonly #breaks: Breaks
  #journal: Journal
  #closing: Promise<void> | undefined
  #broken: unknown
  #upkeep: Promise<void> | undefined
  /** After a snapshot that failed, the next is tried when the journal has grown well past this. */
  #failedAtBytes = 0

  constructor(parts: NamespaceParts) {
    this.#parts = parts
    this.#journal = parts.journal
    this.#breaks = new Breaks(parts.pause)
    this.durability = durabilityOf(parts.settings)
  }

  async *load(after: CommitNumber = 0): AsyncIterable<LoadPage> {
    this.#mustWork()
    const { space } = this.#parts
    // In a turn: between opening the file and taking the view no snapshot may take the journal's place.
    const view = await this.#turns.run(async () => {
      const file = await space.files.open(journalPath(space), 'read').catch((thrown: unknown) => {
        throw failure(thrown, 'the journal could not be opened')
      })
      return viewOf(file, this.#journal, after)
    })
    try {
      for await (const page of pagesOf(view)) {
        this.#mustWork()
        yield page
      }
    } finally {
      await view.file.close()
    }
  }

  async commit(entries: readonly StoreEntry[], after: CommitNumber): Promise<CommitNumber> {
    this.#mustWork()
    const batch = batchOf(entries, this.#parts.limits)
    return this.#turns.run(async () => {
      this.#mustBeSound()
      const { head } = this.#journal
      if (after !== head) {
        const message = `the newest commit is ${head}, not ${after}`
        throw new SyncError('SYNC_STORE_STALE', { message, details: { head, after } })
      }
      const number = await this.#write(batch)
      this.#startUpkeep()
      return number
    })
  }

  async size(): Promise<{ readonly usedBytes: number; readonly freeBytes: number | undefined }> {
    this.#mustWork()
    const { files, folder } = this.#parts.space
    try {
      return { usedBytes: await files.usedBytes(folder), freeBytes: await files.freeBytes(folder) }
    } catch (thrown) {
      throw failure(thrown, 'the size could not be read')
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#breaks.stop()
    await this.#turns.idle()
    await this.#upkeep
    try {
      await this.#journal.file.close()
    } finally {
      await this.#parts.lock.release()
    }
  }

  #mustWork(): void {
    if (this.#closing) throw new SyncError('SYNC_CLOSED')
    this.#mustBeSound()
  }

  #mustBeSound(): void {
    if (this.#broken === undefined) return
    const message = 'an earlier write left the store unsure of its file; open the namespace again'
    throw new SyncError('SYNC_STORE_BROKEN', { message, cause: this.#broken })
  }

  async #write(batch: Batch): Promise<CommitNumber> {
    try {
      return await this.#append(batch)
    } catch (thrown) {
      if (!isSyncError(thrown, 'SYNC_STORE_FULL') || !this.#mayDrain(batch)) throw thrown
      if (!(await this.#parts.reserve.release())) throw thrown
      return this.#append(batch)
    }
  }

  async #append({ payload }: Batch): Promise<CommitNumber> {
    try {
      return await this.#journal.append(payload, this.durability === 'strict')
    } catch (thrown) {
      this.#noteBroken(thrown)
      throw thrown
    }
  }

  #mayDrain({ removes, payload }: Batch): boolean {
    if (removes === 'something') return payload.length <= this.#parts.reserve.smallBytes
    return removes === 'everything'
  }

  #noteBroken(thrown: unknown): void {
    if (isSyncError(thrown, 'SYNC_STORE_BROKEN')) this.#broken ??= thrown
  }

  #startUpkeep(): void {
    if (this.#upkeep || !(this.#compactionDue || this.#parts.reserve.missing)) return
    this.#upkeep = this.#keepUp().finally(() => {
      this.#upkeep = undefined
    })
  }

  get #compactionDue(): boolean {
    const { staleBytes, live } = this.#journal
    const { compactAfterBytes } = this.#parts.settings
    return staleBytes >= Math.max(compactAfterBytes, live.bytes, 2 * this.#failedAtBytes)
  }

  /** Never rejects: no commit waits for it, and none may fail by it. */
  async #keepUp(): Promise<void> {
    await this.#breaks.take()
    if (this.#compactionDue && !this.#breaks.stopped) await this.#compact()
    if (!this.#breaks.stopped) await this.#turns.run(() => this.#parts.reserve.restore())
  }

  async #compact(): Promise<void> {
    const old = this.#journal
    try {
      await compact({
        space: this.#parts.space,
        journal: old,
        turns: this.#turns,
        breaks: this.#breaks,
        installed: (journal) => {
          this.#journal = journal
        },
      })
      if (this.#journal !== old) await old.file.close()
      this.#failedAtBytes = 0
    } catch (thrown) {
      // The journal is as it was, only long: a commit that meets the same trouble tells of it.
      this.#noteBroken(thrown)
      this.#failedAtBytes = old.staleBytes
    }
  }
}
