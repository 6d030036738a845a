import { dirname } from 'node:path'
import type { Files, OpenFile } from '../file/files.ts'
import type { Step, When } from './medium.ts'

/** A file: what reads find, and what a power failure leaves of it. */
interface Inode {
  bytes: Buffer
  synced: Buffer
}

const errno = (code: string): Error => Object.assign(new Error(`${code}: a disk in memory`), { code })

/** A disk in memory. Folders are only prefixes of names. */
export class Disk {
  /** Bytes all files together may have. */
  capacity: number = Number.MAX_SAFE_INTEGER
  #names = new Map<string, Inode>()
  #syncedNames = new Map<string, Inode>()

  contents(path: string): Buffer | undefined {
    return this.#names.get(path)?.bytes
  }

  paths(): string[] {
    return [...this.#names.keys()].sort()
  }

  /** `synced`: only what was synced is left. `half`: names as they are, and of bytes not synced the first half. */
  losePower(keeps: 'synced' | 'half'): void {
    if (keeps === 'synced') this.#names = new Map(this.#syncedNames)
    for (const inode of new Set(this.#names.values())) {
      const { bytes, synced } = inode
      const grown = Math.floor((bytes.length - synced.length) / 2)
      const half = grown > 0 && bytes.subarray(0, synced.length).equals(synced)
      inode.bytes = keeps === 'half' && half ? bytes.subarray(0, synced.length + grown) : Buffer.from(synced)
      inode.synced = Buffer.from(inode.bytes)
    }
    this.#syncedNames = new Map(this.#names)
  }

  copy(): Disk {
    const copy = new Disk()
    copy.capacity = this.capacity
    const inodes = new Map<Inode, Inode>()
    const copyOf = (inode: Inode): Inode => {
      const known = inodes.get(inode) ?? { ...inode }
      inodes.set(inode, known)
      return known
    }
    for (const [name, inode] of this.#names) copy.#names.set(name, copyOf(inode))
    for (const [name, inode] of this.#syncedNames) copy.#syncedNames.set(name, copyOf(inode))
    return copy
  }

  /** The disk as one process has it. */
  files(step: Step): Files {
    const change = async <T>(what: string, effect: () => T): Promise<T> => {
      await step(what, 'before')
      const result = effect()
      await step(what, 'after')
      return result
    }
    return {
      open: async (path, how) => {
        const isNew = how === 'create'
        await step(`open ${how} ${path}`, isNew ? 'before' : 'read')
        const file = this.#file(this.#opened(path, isNew), step)
        if (isNew) await step(`open ${how} ${path}`, 'after')
        return file
      },
      rename: (from, to) =>
        change(`rename ${to}`, () => {
          this.#names.set(to, this.#inode(from))
          this.#names.delete(from)
        }),
      link: (from, to) =>
        change(`link ${to}`, () => {
          if (this.#names.has(to)) throw errno('EEXIST')
          this.#names.set(to, this.#inode(from))
        }),
      remove: (path) => change(`remove ${path}`, () => void this.#names.delete(path)),
      removeEmpty: (path) => step(`removeEmpty ${path}`, 'read'),
      makeFolder: (path) => step(`makeFolder ${path}`, 'read').then(() => undefined),
      syncFolder: (path) => change(`syncFolder ${path}`, () => this.#syncFolder(path)),
      list: async (path) => {
        await step(`list ${path}`, 'read')
        return this.#in(path).map((name) => name.slice(path.length + 1))
      },
      usedBytes: async () => this.#used(),
      freeBytes: async (path) => {
        await step(`freeBytes ${path}`, 'read')
        return this.capacity - this.#used()
      },
    }
  }

  #in(folder: string): readonly string[] {
    return [...this.#names.keys()].filter((name) => dirname(name) === folder)
  }

  #syncFolder(path: string): void {
    for (const name of [...this.#syncedNames.keys()]) if (dirname(name) === path) this.#syncedNames.delete(name)
    for (const name of this.#in(path)) this.#syncedNames.set(name, this.#inode(name))
  }

  #used(): number {
    return [...new Set(this.#names.values())].reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path)
    if (!inode) throw errno('ENOENT')
    return inode
  }

  #opened(path: string, isNew: boolean): Inode {
    if (!isNew) return this.#inode(path)
    const inode = this.#names.get(path) ?? { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) }
    inode.bytes = Buffer.alloc(0)
    this.#names.set(path, inode)
    return inode
  }

  /** Bytes that fit are written; so many they are. */
  #put(inode: Inode, bytes: Uint8Array, position: number): number {
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

  #file(inode: Inode, step: Step): OpenFile {
    let closed = false
    const at = (verb: string, when: When): Promise<void> => {
      if (closed) throw errno('EBADF')
      const name = [...this.#names].find(([, held]) => held === inode)?.[0]
      return step(`${verb} ${name ?? 'a file without a name'}`, when)
    }
    return {
      read: async (into, position) => {
        await at('read', 'read')
        return inode.bytes.copy(into, 0, position)
      },
      write: async (bytes, position) => {
        await at('write', 'before')
        if (bytes.length > 1) this.#put(inode, bytes.subarray(0, bytes.length >> 1), position)
        await at('write', 'within')
        const fits = this.#put(inode, bytes, position)
        await at('write', 'after')
        return fits
      },
      truncate: async (length) => {
        await at('truncate', 'before')
        inode.bytes = Buffer.from(inode.bytes.subarray(0, length))
        await at('truncate', 'after')
      },
      sync: async () => {
        await at('sync', 'before')
        inode.synced = Buffer.from(inode.bytes)
        await at('sync', 'after')
      },
      size: async () => inode.bytes.length,
      close: async () => {
        closed = true
      },
    }
  }
}
