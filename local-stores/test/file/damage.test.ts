import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { isSyncError } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { type FileStoreOptions, fileStore } from '../../src/file/index.ts'
import { afterSteps, freshFolder, heldBy, NAMESPACE, openOn, put, step } from './helpers.ts'

const STEPS = 4

interface Place {
  readonly directory: string
  readonly journal: string
  /** The journal after each commit; index 0 is the empty one. */
  readonly images: readonly Buffer[]
}

/** A journal of four commits, and how it looked after each. */
async function place(options: Partial<FileStoreOptions> = {}): Promise<Place> {
  const directory = await freshFolder()
  const journal = join(directory, NAMESPACE, 'journal')
  const open = await openOn(fileStore({ directory, fsync: 'never', ...options }))
  const images = [await readFile(journal)]
  for (let n = 1; n <= STEPS; n += 1) {
    await open.commit(step(n), n - 1)
    images.push(await readFile(journal))
  }
  await open.close()
  return { directory, journal, images }
}

const imageOf = ({ images }: Place, commits: number): Buffer => {
  const image = images[commits]
  if (!image) throw new Error(`no image of commit ${commits}`)
  return image
}

const flipped = (image: Buffer, at: number): Buffer => {
  const damaged = Buffer.from(image)
  damaged.writeUInt8((image[at] ?? 0) ^ 0x10, at)
  return damaged
}

const reopen = ({ directory }: Place, salvage = false): ReturnType<typeof openOn> =>
  openOn(fileStore({ directory, fsync: 'never', reserveBytes: 0, salvage }))

async function expectCorrupt(at: Place, damaged: Buffer, where: string): Promise<void> {
  await writeFile(at.journal, damaged)
  const thrown: unknown = await reopen(at).then(
    () => 'it opened',
    (reason: unknown) => reason,
  )
  expect(isSyncError(thrown, 'SYNC_STORE_CORRUPT') ? thrown.code : thrown, where).toBe('SYNC_STORE_CORRUPT')
  expect((await readFile(at.journal)).equals(damaged), `${where}: the file is untouched`).toBe(true)
}

describe('a torn tail', () => {
  test('is cut off, whatever the length at which the last commit was torn', async () => {
    const at = await place()
    const whole = imageOf(at, STEPS)
    const before = imageOf(at, STEPS - 1).length
    for (let length = before; length <= whole.length; length += 1) {
      await writeFile(at.journal, whole.subarray(0, length))
      const open = await reopen(at)
      const commits = length === whole.length ? STEPS : STEPS - 1
      expect(await heldBy(open), `${length} bytes`).toEqual({ head: commits, values: afterSteps(commits), broken: {} })
      expect(await open.commit(step(commits + 1), commits)).toBe(commits + 1)
      await open.close()
    }
  })

  test('is cut off when its bytes are there and wrong', async () => {
    const at = await place()
    const whole = imageOf(at, STEPS)
    for (let byte = imageOf(at, STEPS - 1).length; byte < whole.length; byte += 1) {
      await writeFile(at.journal, flipped(whole, byte))
      const open = await reopen(at)
      expect(await heldBy(open), `byte ${byte}`).toEqual({ head: STEPS - 1, values: afterSteps(STEPS - 1), broken: {} })
      await open.close()
    }
  })

  test('is cut off when the file goes on with zeros', async () => {
    const at = await place()
    await writeFile(at.journal, Buffer.concat([imageOf(at, STEPS), Buffer.alloc(5000)]))
    const open = await reopen(at)
    expect((await heldBy(open)).values).toEqual(afterSteps(STEPS))
    await open.close()
    expect(await readFile(at.journal)).toEqual(imageOf(at, STEPS))
  })

  test('does not bring back a frame that an older journal left on the disk', async () => {
    const [at, older] = [await place(), await place()]
    const torn = imageOf(at, 3).subarray(0, -5)
    const stale = imageOf(older, STEPS).subarray(imageOf(older, 3).length)
    await writeFile(at.journal, Buffer.concat([torn, stale]))
    const open = await reopen(at)
    expect(await heldBy(open)).toEqual({ head: 2, values: afterSteps(2), broken: {} })
    await open.close()
  })
})

describe('a snapshot that a crash left unfinished', () => {
  test('is removed at the next open', async () => {
    const at = await place()
    await writeFile(join(at.directory, NAMESPACE, 'journal.next'), 'unfinished')
    const open = await reopen(at)
    expect((await heldBy(open)).values).toEqual(afterSteps(STEPS))
    await open.close()
    expect(await readdir(join(at.directory, NAMESPACE))).not.toContain('journal.next')
  })
})

describe('damage in the middle', () => {
  test('fails with SYNC_STORE_CORRUPT for any flipped byte before the last commit, the header included', async () => {
    const at = await place()
    for (let byte = 0; byte < imageOf(at, STEPS - 1).length; byte += 1) {
      await expectCorrupt(at, flipped(imageOf(at, STEPS), byte), `byte ${byte}`)
    }
  })

  test('fails when a whole commit is missing', async () => {
    const at = await place()
    const without = [imageOf(at, 1), imageOf(at, STEPS).subarray(imageOf(at, 2).length)]
    await expectCorrupt(at, Buffer.concat(without), 'commit 2 cut out')
  })

  test('fails when the file is empty, or no journal at all', async () => {
    const at = await place()
    await expectCorrupt(at, Buffer.alloc(0), 'empty')
    await expectCorrupt(at, Buffer.from('{"not":"a journal"}'), 'another file')
  })

  test('fails when a snapshot is cut short, because it was whole when it got its name', async () => {
    const at = await place()
    const open = await openOn(fileStore({ directory: at.directory, compactAfterBytes: 1, reserveBytes: 0 }))
    const inode = (await stat(at.journal)).ino
    for (let head = STEPS; (await stat(at.journal)).ino === inode; head += 1) await open.commit(step(head + 1), head)
    await open.close()
    const snapshot = await readFile(at.journal)
    await expectCorrupt(at, snapshot.subarray(0, 60), 'cut within the first part')
    await expectCorrupt(at, snapshot.subarray(0, 34), 'cut behind the header')
    await writeFile(at.journal, snapshot.subarray(0, 60))
    const salvaged = await reopen(at, true)
    expect(Object.keys((await heldBy(salvaged)).broken)).toContain('meta/damaged-1/34')
    await salvaged.close()
  })

  test('says how much is good and how much is not', async () => {
    const at = await place()
    await writeFile(at.journal, flipped(imageOf(at, STEPS), imageOf(at, 1).length + 40))
    await expect(reopen(at)).rejects.toMatchObject({
      details: { badFrames: 1, goodEntries: expect.any(Number), file: at.journal },
    })
  })
})

describe('salvage', () => {
  test('loads the good entries, shows the bad ones as broken, and keeps the damaged file [F60]', async () => {
    const at = await place()
    const damaged = flipped(imageOf(at, STEPS), imageOf(at, 2).length + 30)
    await writeFile(at.journal, damaged)
    const open = await reopen(at, true)
    const { head, values, broken } = await heldBy(open)
    // Commit 3 is bad. It alone wrote base/k0 and op/o3, and removed op/o1; commit 4 wrote the rest anew.
    expect(head).toBe(STEPS)
    expect(values).toEqual({ 'meta/count': 4, 'base/k1': step(4)[1]?.value, 'base/k2': step(2)[1]?.value, 'op/o4': 4 })
    expect(Object.keys(broken).sort()).toEqual(['base/k0', `meta/damaged-1/${imageOf(at, 2).length}`, 'op/o1', 'op/o3'])
    expect(broken['op/o3']).toBe('["op","o3",3]')
    await open.close()
    expect(await readFile(join(at.directory, NAMESPACE, 'damaged-1'))).toEqual(damaged)
  })

  test('shows broken entries until their key is committed again, and lets commit numbers go on', async () => {
    const at = await place()
    await writeFile(at.journal, flipped(imageOf(at, STEPS), imageOf(at, 2).length + 30))
    const first = await reopen(at, true)
    await first.commit([put('op', 'o3', 'mended'), put('base', 'k0', undefined)], STEPS)
    await first.close()
    const open = await reopen(at)
    const { head, values, broken } = await heldBy(open)
    expect(head).toBe(STEPS + 1)
    expect(values['op/o3']).toBe('mended')
    expect(Object.keys(broken).sort()).toEqual([`meta/damaged-1/${imageOf(at, 2).length}`, 'op/o1'])
    await open.close()
  })

  test('works for any flipped byte of the header', async () => {
    const at = await place()
    for (let byte = 0; byte < 34; byte += 1) {
      await writeFile(at.journal, flipped(imageOf(at, STEPS), byte))
      const open = await reopen(at, true)
      expect(await heldBy(open), `byte ${byte}`).toMatchObject({ head: STEPS, values: afterSteps(STEPS) })
      await open.close()
    }
  })

  test('of a file that is no journal shows it as one broken entry, bounded in size', async () => {
    const at = await place()
    await writeFile(at.journal, 'garbage '.repeat(10_000))
    const open = await reopen(at, true)
    const { values, broken } = await heldBy(open)
    expect(values).toEqual({})
    expect(Object.keys(broken)).toEqual(['meta/damaged-1/0'])
    expect(broken['meta/damaged-1/0']?.length).toBe(4096)
    await open.close()
  })
})

describe('a newer format', () => {
  test('fails with SYNC_FORMAT_NEWER, with and without salvage, and writes nothing', async () => {
    const at = await place()
    const newer = Buffer.from(imageOf(at, STEPS))
    newer.writeUInt32BE(2, 8)
    newer.writeUInt32BE(crc32(newer.subarray(0, 12)), 12)
    await writeFile(at.journal, newer)
    await writeFile(join(at.directory, NAMESPACE, 'journal.next'), 'of the newer version')
    const before = await readdir(join(at.directory, NAMESPACE))
    for (const salvage of [false, true]) {
      const details = { found: 2, supported: 1 }
      await expect(reopen(at, salvage)).rejects.toMatchObject({ code: 'SYNC_FORMAT_NEWER', details })
    }
    expect(await readdir(join(at.directory, NAMESPACE))).toEqual(before)
    expect(await readFile(at.journal)).toEqual(newer)
  })
})
