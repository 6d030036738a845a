import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { errnoOf } from './failures.ts'

/** One open file. Positions and lengths are bytes. Every call rejects with the platform's own error (`code`: an errno). */
export interface OpenFile {
  /** Bytes read, 0 at the end of the file; may be fewer than asked for. */
  read(into: Uint8Array, position: number): Promise<number>
  /** Bytes written; may be fewer than given. */
  write(bytes: Uint8Array, position: number): Promise<number>
  truncate(length: number): Promise<void>
  /** fsync: what was written survives power loss once this resolves. */
  sync(): Promise<void>
  size(): Promise<number>
  close(): Promise<void>
}

/**
 * The file system as the store uses it. A seam: tests put faults, crashes and power loss behind it. The lock is not part
 * of it, because only the operating system can tell a live holder from a dead one.
 */
export interface Files {
  /** `write` needs the file to exist; `create` makes it, or empties it. */
  open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile>
  /** Replaces `to` in one step. */
  rename(from: string, to: string): Promise<void>
  /** A second name for the same file; fails where `to` exists. */
  link(from: string, to: string): Promise<void>
  /** Removes a file, or a folder with all in it; nothing there is no error. */
  remove(path: string): Promise<void>
  /** Removes a folder only if it is empty. */
  removeEmpty(path: string): Promise<void>
  /** Makes a folder and those above it. The topmost folder it had to make; `undefined` if it was there. */
  makeFolder(path: string): Promise<string | undefined>
  /** fsync of a folder: names made, renamed and removed in it survive power loss once this resolves. */
  syncFolder(path: string): Promise<void>
  /** Names in a folder, in no order. */
  list(path: string): Promise<readonly string[]>
  /** Bytes that all files of a folder hold. */
  usedBytes(path: string): Promise<number>
  /** Bytes this process may still write to the file system of `path`. */
  freeBytes(path: string): Promise<number>
}

class NodeFile implements OpenFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.read(into, 0, into.length, position)).bytesRead
  }

  async write(bytes: Uint8Array, position: number): Promise<number> {
    return (await this.#handle.write(bytes, 0, bytes.length, position)).bytesWritten
  }

  truncate(length: number): Promise<void> {
    return this.#handle.truncate(length)
  }

  sync(): Promise<void> {
    return this.#handle.sync()
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

const flags = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
}

/** One folder; `false` if something of that name was there. That it is no folder shows when it is used as one. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST') return false
    throw thrown
  }
}

/** Not `mkdir`'s own `recursive`: where a folder refuses new names with ENOENT, as /proc does, that tries for ever. */
async function makeFolder(path: string): Promise<string | undefined> {
  try {
    return (await makeOne(path)) ? path : undefined
  } catch (thrown) {
    if (errnoOf(thrown) !== 'ENOENT' || dirname(path) === path) throw thrown
  }
  const topmost = await makeFolder(dirname(path))
  return (await makeOne(path)) ? (topmost ?? path) : topmost
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sizeIfThere(path: string): Promise<number> {
  // A snapshot may be renamed between the listing and this look.
  return (await stat(path).catch(() => undefined))?.size ?? 0
}

/** The real file system. Files are readable and writable by their owner only. */
export const nodeFiles: Files = {
  open: async (path, how) => new NodeFile(await open(path, flags[how], 0o600)),
  rename,
  link,
  remove: (path) => rm(path, { recursive: true, force: true }),
  removeEmpty: rmdir,
  makeFolder,
  syncFolder,
  list: (path) => readdir(path),
  async usedBytes(path) {
    const sizes = await Promise.all((await readdir(path)).map((name) => sizeIfThere(join(path, name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}

/** Writes all of `bytes`, however many the platform takes at a time. */
export async function writeAll(file: OpenFile, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const wrote = await file.write(bytes.subarray(done), position + done)
    if (wrote === 0) throw Object.assign(new Error('the file system took no bytes'), { code: 'EIO' })
    done += wrote
  }
}
