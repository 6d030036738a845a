import type { CommitNumber } from '@rowkeep/kernel'
import { brokenStore } from './failures.ts'
import { type OpenFile, writeAll } from './files.ts'
import { encodeFrame, encodeHeader, HEADER_BYTES, newSalt } from './frame.ts'
import { Journal } from './journal.ts'
import type { LiveKeys } from './live-keys.ts'
import { journalPath, nextPath, type Space } from './space.ts'

const PART_BYTES = 262_144

/**
 * A journal that is being written beside the present one and then takes its name: snapshot parts first, then commits. Until
 * `install` renames it, nothing it does is visible; the header is written last.
 */
export class NextJournal {
  readonly #space: Space
  readonly #file: OpenFile
  readonly #base: CommitNumber
  readonly #salt: number = newSalt()
  readonly #starts: number[] = []
  #lines: Buffer[] = []
  #lineBytes = 0
  #parts = 0
  #end = HEADER_BYTES

  private constructor(space: Space, file: OpenFile, base: CommitNumber) {
    this.#space = space
    this.#file = file
    this.#base = base
  }

  /** Starts a journal whose snapshot is the state at commit `base`. */
  static async start(space: Space, base: CommitNumber): Promise<NextJournal> {
    return new NextJournal(space, await space.files.open(nextPath(space), 'create'), base)
  }

  /** The newest commit it has taken in. */
  get head(): CommitNumber {
    return this.#base + this.#starts.length
  }

  /** Adds one line, its line break included, to the snapshot. */
  async line(bytes: Buffer): Promise<void> {
    this.#lines.push(bytes)
    this.#lineBytes += bytes.length
    if (this.#lineBytes >= PART_BYTES) await this.closePart()
  }

  /** Ends the snapshot; commits may follow. */
  async closePart(): Promise<void> {
    if (this.#lines.length === 0) return
    await this.#write(encodeFrame('part', this.#base, this.#salt, Buffer.concat(this.#lines)))
    this.#lines = []
    this.#lineBytes = 0
    this.#parts += 1
  }

  /** Adds the commit after `head`. */
  async commit(payload: Buffer): Promise<void> {
    const start = this.#end
    await this.#write(encodeFrame('commit', this.head + 1, this.#salt, payload))
    this.#starts.push(start)
  }

  /** Brings what was written so far to the disk, so that `install` has little left to wait for. */
  sync(): Promise<void> {
    return this.#file.sync()
  }

  /**
   * Makes it the journal, in one step that a crash cannot split.
   * @throws SyncError `SYNC_STORE_BROKEN` when it has the name but may lose it again with power; other errors: nothing changed
   */
  async install(live: LiveKeys): Promise<Journal> {
    const header = encodeHeader({ base: this.#base, salt: this.#salt, parts: this.#parts })
    await writeAll(this.#file, header, 0)
    await this.#file.sync()
    await this.#space.files.rename(nextPath(this.#space), journalPath(this.#space))
    await this.#space.files.syncFolder(this.#space.folder).catch((thrown: unknown) => {
      throw brokenStore(thrown, 'fsync of the folder failed after a new journal took the place of the old')
    })
    const [file, salt, base, starts, end] = [this.#file, this.#salt, this.#base, this.#starts, this.#end]
    return new Journal({ file, salt, base, starts, end, live })
  }

  /** Gives it up: closes and removes the file. What cannot be removed now goes at the next open. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await this.#space.files.remove(nextPath(this.#space)).catch(() => undefined)
  }

  async #write(frame: Buffer): Promise<void> {
    await writeAll(this.#file, frame, this.#end)
    this.#end += frame.length
  }
}
