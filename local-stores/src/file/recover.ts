import { SyncError } from '@rowkeep/kernel'
import { errnoOf } from './failures.ts'
import type { OpenFile } from './files.ts'
import { decodeHeader, FORMAT, HEADER_BYTES, type Header } from './frame.ts'
import { Journal } from './journal.ts'
import { LiveKeys } from './live-keys.ts'
import { NextJournal } from './next-journal.ts'
import { Reader } from './reader.ts'
import { salvage } from './salvage.ts'
import { journalPath, nextPath, type Space } from './space.ts'
import { type Survey, survey } from './survey.ts'

async function openIfThere(space: Space): Promise<OpenFile | undefined> {
  try {
    return await space.files.open(journalPath(space), 'write')
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

async function create(space: Space): Promise<Journal> {
  const next = await NextJournal.start(space, 0)
  try {
    return await next.install(new LiveKeys())
  } catch (thrown) {
    await next.abandon()
    throw thrown
  }
}

async function headerOf(reader: Reader, folder: string): Promise<Header | undefined> {
  const header = decodeHeader(await reader.bytes(0, HEADER_BYTES))
  if (header === undefined || !('newer' in header)) return header
  const message = `the journal in ${folder} has format ${header.newer}; this version reads up to ${FORMAT}`
  throw new SyncError('SYNC_FORMAT_NEWER', { message, details: { found: header.newer, supported: FORMAT } })
}

function corrupt(space: Space, { live, badFrames }: Survey): SyncError {
  const message = `${journalPath(space)} is damaged: ${live.count} entries are good, ${badFrames} frames are not. Open with { salvage: true } to load the good ones`
  const details = { goodEntries: live.count, badFrames, file: journalPath(space) }
  return new SyncError('SYNC_STORE_CORRUPT', { message, details })
}

async function recover(space: Space, file: OpenFile, mend: boolean): Promise<Journal> {
  const size = await file.size()
  const reader = new Reader(file, size)
  const header = await headerOf(reader, space.folder)
  const found = await survey(reader, header)
  if (found.badFrames > 0 && !mend) throw corrupt(space, found)
  await space.files.remove(nextPath(space))
  if (found.badFrames > 0 || !header) {
    const mended = await salvage(space, reader, header)
    await file.close()
    return mended
  }
  // Not synced: the sync of the next commit covers it, and until then the same tail would be cut again.
  if (found.end < size) await file.truncate(found.end)
  // A crash after the last rename may have left the name itself unsynced.
  await space.files.syncFolder(space.folder)
  return new Journal({ ...found, file, salt: header.salt })
}

/**
 * Opens the journal of a folder that is locked, made if absent. A torn tail is cut off.
 * @throws SyncError `SYNC_STORE_CORRUPT` for damage elsewhere, unless `mend`; `SYNC_FORMAT_NEWER`; nothing was written then
 */
export async function openJournal(space: Space, mend: boolean): Promise<Journal> {
  const file = await openIfThere(space)
  if (!file) return create(space)
  try {
    return await recover(space, file, mend)
  } catch (thrown) {
    await file.close().catch(() => undefined)
    throw thrown
  }
}
