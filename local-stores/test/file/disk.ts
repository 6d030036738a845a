import { dirname } from 'node:path'
import type { Files, OpenFile } from '../../src/file/files.ts'

/** What is on the medium, and what a crash that takes the power with it leaves. */
interface Inode {
  bytes: Buffer
  synced: Buffer
}

/**
 * What a restart finds. `kept`: all that was written (the process died). `lost`: only what was synced. `half`: names as they
 * were, and of bytes not synced the first half (the power failed at a bad moment).
 */
export type Aftermath = 'kept' | 'lost' | 'half'

const errno = (code: string): Error => Object.assign(new Error(`${code}: planned by the test`), { code })

/** A disk in memory that fails, fills up or loses its power at a chosen call. */
export class Disk implements Files {
  /** Calls so far. */
  calls = 0
  /** What each call was, for messages. */
  readonly log: string[] = []
  /** Bytes all files together may have. */
  capacity = Number.MAX_SAFE_INTEGER
  #crashAt = 0
  #failAt: readonly [call: number, code: string] = [0, '']
  #down = false
  #names = new Map<string, Inode>()
  #syncedNames = new Map<string, Inode>()
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
    if (after === 'kept') return
    if (after === 'lost') this.#names = new Map(this.#syncedNames)
    for (const inode of new Set(this.#names.values())) {
      const { bytes, synced } = inode
      const grown = Math.floor((bytes.length - synced.length) / 2)
      const half = grown > 0 && bytes.subarray(0, synced.length).equals(synced)
      inode.bytes = after === 'half' && half ? bytes.subarray(0, synced.length + grown) : Buffer.from(synced)
      inode.synced = Buffer.from(inode.bytes)
    }
    this.#syncedNames = new Map(this.#names)
  }

  /** Resolves when nothing more happens on its own. */
  async quiet(): Promise<void> {
    for (let still = 0, seen = -1; still < 5; ) {
      await new Promise((resolve) => setImmediate(resolve))
      still = seen === this.calls && this.#unfinished === 0 ? still + 1 : 0
      seen = this.calls
    }
  }

  contents(path: string): Buffer | undefined {
    return this.#names.get(path)?.bytes
  }

  paths(): string[] {
    return [...this.#names.keys()].sort()
  }

  async open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile> {
    await this.#step(`open ${how} ${path}`)
    const there = this.#names.get(path)
    if (!there && how !== 'create') throw errno('ENOENT')
    const inode = there ?? { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    if (how === 'create') inode.bytes = Buffer.alloc(0)
    this.#names.set(path, inode)
    return this.#file(inode)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step(`rename ${to}`)
    this.#names.set(to, this.#inode(from))
    this.#names.delete(from)
  }

  async link(from: string, to: string): Promise<void> {
    await this.#step(`link ${to}`)
    if (this.#names.has(to)) throw errno('EEXIST')
    this.#names.set(to, this.#inode(from))
  }

  async remove(path: string): Promise<void> {
    await this.#step(`remove ${path}`)
    this.#names.delete(path)
  }

  async removeEmpty(path: string): Promise<void> {
    await this.#step(`removeEmpty ${path}`)
  }

  async makeFolder(path: string): Promise<undefined> {
    await this.#step(`makeFolder ${path}`)
  }

  async syncFolder(path: string): Promise<void> {
    await this.#step(`syncFolder ${path}`)
    for (const name of [...this.#syncedNames.keys()]) if (dirname(name) === path) this.#syncedNames.delete(name)
    for (const [name, inode] of this.#names) if (dirname(name) === path) this.#syncedNames.set(name, inode)
  }

  async list(path: string): Promise<string[]> {
    await this.#step(`list ${path}`)
    return [...this.#names.keys()].filter((name) => dirname(name) === path).map((name) => name.slice(path.length + 1))
  }

  async usedBytes(): Promise<number> {
    return this.#used()
  }

  async freeBytes(path: string): Promise<number> {
    await this.#step(`freeBytes ${path}`)
    return this.capacity - this.#used()
  }

  #used(): number {
    return [...new Set(this.#names.values())].reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path)
    if (!inode) throw errno('ENOENT')
    return inode
  }

  async #step(what: string, half?: () => void): Promise<void> {
    this.#unfinished += 1
    await Promise.resolve()
    this.#unfinished -= 1
    if (this.#down) throw errno('EIO')
    this.calls += 1
    this.log.push(what)
    if (this.calls === this.#crashAt) {
      this.#down = true
      half?.()
      throw errno('EIO')
    }
    if (this.calls === this.#failAt[0]) {
      half?.()
      throw errno(this.#failAt[1])
    }
  }

  #file(inode: Inode): OpenFile {
    let closed = false
    const act = (verb: string, half?: () => void): Promise<void> => {
      if (closed) throw errno('EBADF')
      const name = [...this.#names].find(([, held]) => held === inode)?.[0]
      return this.#step(`${verb} ${name ?? 'a file without a name'}`, half)
    }
    const put = (bytes: Uint8Array, position: number): number => {
      const grown = Math.max(0, position + bytes.length - inode.bytes.length)
      const room = Math.max(0, this.capacity - this.#used())
      const fits = bytes.length - Math.max(0, grown - room)
      if (fits <= 0) throw errno('ENOSPC')
      const next = Buffer.alloc(Math.max(inode.bytes.length, position + fits))
      inode.bytes.copy(next)
      next.set(bytes.subarray(0, fits), position)
      inode.bytes = next
      return fits
    }
    return {
      read: async (into, position) => {
        await act('read')
        return inode.bytes.copy(into, 0, position)
      },
      write: async (bytes, position) => {
        const half = (): void => void (bytes.length > 1 && put(bytes.subarray(0, bytes.length >> 1), position))
        await act('write', half)
        return put(bytes, position)
      },
      truncate: async (length) => {
        await act('truncate')
        inode.bytes = Buffer.from(inode.bytes.subarray(0, length))
      },
      sync: async () => {
        await act('sync')
        inode.synced = Buffer.from(inode.bytes)
      },
      size: async () => inode.bytes.length,
      close: async () => {
        closed = true
      },
    }
  }
}
