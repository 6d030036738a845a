import type { CommitNumber } from '@rowkeep/kernel'
import { brokenStore, writeFailure } from './failures.ts'
import { type OpenFile, writeAll } from './files.ts'
import { encodeFrame, type FrameHead, HEADER_BYTES } from './frame.ts'
import type { LiveKeys } from './live-keys.ts'

/** What is known of a journal file when it is opened or was just written. */
export interface JournalState {
  readonly file: OpenFile
  readonly salt: number
  /** The commit its snapshot holds. */
  readonly base: CommitNumber
  /** Where each commit above `base` starts, in order. */
  readonly starts: number[]
  /** Behind the last frame. */
  readonly end: number
  readonly live: LiveKeys
}

/** The journal file of an open namespace: knows its newest commit, appends the next. */
export class Journal {
  readonly file: OpenFile
  readonly salt: number
  readonly base: CommitNumber
  readonly live: LiveKeys
  readonly #starts: number[]
  #end: number

  constructor({ file, salt, base, starts, end, live }: JournalState) {
    this.file = file
    this.salt = salt
    this.base = base
    this.live = live
    this.#starts = starts
    this.#end = end
  }

  /** The newest commit. */
  get head(): CommitNumber {
    return this.base + this.#starts.length
  }

  /** Bytes of the file. */
  get end(): number {
    return this.#end
  }

  /** Bytes that a snapshot would save. */
  get staleBytes(): number {
    return Math.max(0, this.#end - HEADER_BYTES - this.live.bytes)
  }

  /** Where the commits above `after` start. `undefined`: they are no longer all here one by one, or never were. */
  startAfter(after: CommitNumber): number | undefined {
    if (after < this.base || after > this.head) return undefined
    return this.#starts[after - this.base] ?? this.#end
  }

  /** Whether the frame wrote the key last. A snapshot's parts stand for every commit up to `base`. */
  isLatest(identity: string, { kind, number }: Pick<FrameHead, 'kind' | 'number'>): boolean {
    const latest = this.live.latest(identity)
    if (latest === undefined) return false
    return kind === 'part' ? latest <= this.base : latest === number
  }

  /**
   * Appends one commit; all of it or nothing is in the file afterwards.
   * @throws SyncError `SYNC_STORE_FULL` `SYNC_STORE_FAILED` without effect
   * @throws SyncError `SYNC_STORE_BROKEN` when it cannot be told what the file holds; the journal must not be used again
   */
  async append(payload: Buffer, sync: boolean): Promise<CommitNumber> {
    const number = this.head + 1
    const frame = encodeFrame('commit', number, this.salt, payload)
    try {
      await writeAll(this.file, frame, this.#end)
    } catch (thrown) {
      await this.#takeBack()
      throw writeFailure(thrown)
    }
    if (sync) await this.#sync()
    this.#starts.push(this.#end)
    this.#end += frame.length
    this.live.apply(payload, number)
    return number
  }

  async #takeBack(): Promise<void> {
    try {
      // Truncating may be refused where nothing was written (a file system that turned read-only): then there is no need.
      if ((await this.file.size()) > this.#end) await this.file.truncate(this.#end)
    } catch (thrown) {
      throw brokenStore(thrown, 'a commit was written in part and could not be taken back')
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.file.sync()
    } catch (thrown) {
      // After a failed fsync Linux may call pages clean that never reached the disk, so no later fsync can be believed for
      // them. Taking the frame off (if that works) at least keeps a reopened store from showing it.
      await this.file.truncate(this.#end).catch(() => undefined)
      throw brokenStore(thrown, 'fsync of the journal failed')
    }
  }
}
