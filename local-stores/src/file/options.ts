import { resolve } from 'node:path'
import { type Durability, SyncError } from '@rowkeep/kernel'

/** Where and how a {@link fileStore} keeps its data. */
export interface FileStoreOptions {
  /** A folder on a local disk, made if absent; each namespace is a folder in it. Relative to the working directory at the call. */
  readonly directory: string
  /**
   * `always` (default): a commit resolves after fsync; durability `strict`. `never`: a commit resolves once the operating
   * system has it; durability `relaxed`. New files (the first one, each snapshot) are synced either way, because losing one
   * would lose everything.
   */
  readonly fsync?: 'always' | 'never'
  /** A snapshot is made when so many bytes of the journal are out of date, and at least as many as are not. Default 1 MiB. */
  readonly compactAfterBytes?: number
  /** Size of the file set aside for a full disk, released for commits that remove. 0: none. Default 64 KiB. */
  readonly reserveBytes?: number
  /**
   * `true`: a damaged journal opens. Good entries load, bad ones come as `broken` until their key is committed again, and
   * the damaged file stays beside the new one as `damaged-<n>`. Default `false`: `open` fails with `SYNC_STORE_CORRUPT`.
   */
  readonly salvage?: boolean
}

/** The options with every default filled in and the directory absolute. */
export type Settings = Required<FileStoreOptions>

const invalid = (message: string): SyncError => new SyncError('SYNC_CONFIG_INVALID', { message })

function bytes(name: string, value: number | undefined, fallback: number, least: number): number {
  if (value === undefined) return fallback
  if (!Number.isSafeInteger(value) || value < least) {
    throw invalid(`fileStore: "${name}" must be a whole number of bytes, at least ${least}, not ${String(value)}`)
  }
  return value
}

/** Checks the options and fills in the defaults. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function settingsOf(options: FileStoreOptions): Settings {
  const {
    directory,
    fsync = 'always',
    salvage = false,
    compactAfterBytes,
    reserveBytes,
    ...rest
  } = Object(options) as FileStoreOptions
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw invalid('fileStore: "directory" must be the path of a folder')
  }
  const [stranger] = Object.keys(rest)
  if (stranger !== undefined) throw invalid(`fileStore: there is no option "${stranger}"`)
  if (fsync !== 'always' && fsync !== 'never') throw invalid('fileStore: "fsync" must be "always" or "never"')
  if (typeof salvage !== 'boolean') throw invalid('fileStore: "salvage" must be true or false')
  return {
    directory: resolve(directory),
    fsync,
    salvage,
    compactAfterBytes: bytes('compactAfterBytes', compactAfterBytes, 1_048_576, 1),
    reserveBytes: bytes('reserveBytes', reserveBytes, 65_536, 0),
  }
}

/** What commits are granted under these settings. */
export const durabilityOf = (settings: Settings): Durability => (settings.fsync === 'always' ? 'strict' : 'relaxed')
