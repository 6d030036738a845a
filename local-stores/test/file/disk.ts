import type { Files, OpenFile } from '../../src/file/files.ts'
import { Disk as MemoryDisk } from '../../src/testing/disk.ts'
import type { When } from '../../src/testing/medium.ts'

/**
 * What a restart finds. `kept`: all that was written (the process died). `lost`: only what was synced. `half`: names as they
 * were, and of bytes not synced the first half (the power failed at a bad moment).
 */
export type Aftermath = 'kept' | 'lost' | 'half'

const errno = (code: string): Error => Object.assign(new Error(`${code}: planned by the test`), { code })

/** A disk in memory that fails, fills up or loses its power at a chosen call. */
export class Disk extends MemoryDisk implements Files {
  /** Calls so far. */
  calls = 0
  /** What each call was, for messages. */
  readonly log: string[] = []
  readonly #files = this.files((what, when) => this.#step(what, when))
  #crashAt = 0
  #failAt: readonly [call: number, code: string] = [0, '']
  /** What the write that is under way fails with once half of it is down. */
  #due: string | undefined
  #down = false
  #unfinished = 0

  /** The power goes at call `call`: a write gets half of its bytes down, nothing else has an effect. */
  crashAt(call: number): void {
    this.#crashAt = call
  }

  /** Call `call` fails once with `code`: a write gets half of its bytes down, nothing else has an effect. */
  failAt(call: number, code: string): void {
    this.#failAt = [call, code]
  }

  get crashed(): boolean {
    return this.#down
  }

  restart(after: Aftermath): void {
    this.#down = false
    this.#crashAt = 0
    this.#failAt = [0, '']
    if (after !== 'kept') this.losePower(after === 'lost' ? 'synced' : 'half')
  }

  /** Resolves when nothing more happens on its own. */
  async quiet(): Promise<void> {
    for (let still = 0, seen = -1; still < 5; ) {
      await new Promise((resolve) => setImmediate(resolve))
      still = seen === this.calls && this.#unfinished === 0 ? still + 1 : 0
      seen = this.calls
    }
  }

  open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile> {
    return this.#files.open(path, how)
  }

  rename(from: string, to: string): Promise<void> {
    return this.#files.rename(from, to)
  }

  link(from: string, to: string): Promise<void> {
    return this.#files.link(from, to)
  }

  remove(path: string): Promise<void> {
    return this.#files.remove(path)
  }

  removeEmpty(path: string): Promise<void> {
    return this.#files.removeEmpty(path)
  }

  makeFolder(path: string): Promise<string | undefined> {
    return this.#files.makeFolder(path)
  }

  syncFolder(path: string): Promise<void> {
    return this.#files.syncFolder(path)
  }

  list(path: string): Promise<readonly string[]> {
    return this.#files.list(path)
  }

  usedBytes(): Promise<number> {
    return this.#files.usedBytes('')
  }

  freeBytes(path: string): Promise<number> {
    return this.#files.freeBytes(path)
  }

  async #step(what: string, when: When): Promise<void> {
    if (when === 'within') return this.#fail()
    if (when === 'after') return
    this.#unfinished += 1
    await Promise.resolve()
    this.#unfinished -= 1
    if (this.#down) throw errno('EIO')
    this.calls += 1
    this.log.push(what)
    if (this.calls === this.#crashAt) this.#due = 'crash'
    if (this.calls === this.#failAt[0]) this.#due = this.#failAt[1]
    if (!what.startsWith('write ')) this.#fail()
  }

  #fail(): void {
    const due = this.#due
    this.#due = undefined
    if (due === 'crash') this.#down = true
    if (due !== undefined) throw errno(due === 'crash' ? 'EIO' : due)
  }
}
