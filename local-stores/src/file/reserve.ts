import { randomBytes } from 'node:crypto'
import { writeAll } from './files.ts'
import { reservePath, type Space } from './space.ts'

/**
 * A file that only takes up room. On a full disk it is given up for commits that remove, because an outbox can drain only
 * by appending to the journal; it is made again when there is room.
 */
export class Reserve {
  readonly #space: Space
  readonly #bytes: number
  #held = false

  private constructor(space: Space, bytes: number) {
    this.#space = space
    this.#bytes = bytes
  }

  /** The reserve of a namespace: the one that is there, else a new one if there is room. */
  static async open(space: Space, bytes: number): Promise<Reserve> {
    const reserve = new Reserve(space, bytes)
    if (bytes > 0) await reserve.#adopt()
    await reserve.restore()
    return reserve
  }

  /** True when it was given up, or could never be made. */
  get missing(): boolean {
    return this.#bytes > 0 && !this.#held
  }

  /** Largest commit that sets anything and may still use it, in bytes of payload. */
  get smallBytes(): number {
    return this.#bytes / 4
  }

  /** Makes it if there is room for it twice over, so that it does not take back what a drain has just been given. */
  async restore(): Promise<void> {
    if (!this.missing) return
    try {
      if ((await this.#space.files.freeBytes(this.#space.folder)) < 2 * this.#bytes) return
      await this.#write()
      this.#held = true
    } catch {
      // A store works without its reserve, so a disk that has no room for one is not worth an error. Tried again later.
      await this.#space.files.remove(reservePath(this.#space)).catch(() => undefined)
    }
  }

  /** Gives it up. True if that freed anything. */
  async release(): Promise<boolean> {
    if (!this.#held) return false
    try {
      await this.#space.files.remove(reservePath(this.#space))
    } catch {
      // The commit then fails for the reason it failed before: that is the error to tell.
      return false
    }
    this.#held = false
    return true
  }

  /** Takes over the file of an earlier session: on a full disk a new one could not be made. */
  async #adopt(): Promise<void> {
    try {
      const file = await this.#space.files.open(reservePath(this.#space), 'read')
      try {
        this.#held = (await file.size()) === this.#bytes
      } finally {
        await file.close()
      }
    } catch {
      // Not there, or not readable: `restore` makes it anew if it can.
      this.#held = false
    }
  }

  async #write(): Promise<void> {
    const file = await this.#space.files.open(reservePath(this.#space), 'create')
    try {
      // Random: a file system that compresses would store zeros in no room at all.
      await writeAll(file, randomBytes(this.#bytes), 0)
      await file.sync()
    } finally {
      await file.close()
    }
  }
}
