import { isSyncError } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import type { OpenFile } from '../../src/file/files.ts'
import { type Aftermath, Disk } from './disk.ts'
import { afterSteps, heldBy, openOn, step, storeOn } from './helpers.ts'

const STEPS = 12
const options = { compactAfterBytes: 300, reserveBytes: 64 } as const

/** Runs the history until it is done or the disk is down; how many commits were acknowledged. */
async function history(disk: Disk): Promise<number> {
  let acknowledged = 0
  try {
    const open = await openOn(storeOn(disk, options))
    for (let n = 1; n <= STEPS; n += 1) {
      acknowledged = await open.commit(step(n), n - 1)
      await disk.quiet()
    }
    await open.close()
  } catch (thrown) {
    if (!disk.crashed) throw thrown
  }
  return acknowledged
}

async function expectWhole(disk: Disk, acknowledged: number, where: string): Promise<number> {
  const open = await openOn(storeOn(disk, options))
  const held = await heldBy(open)
  expect([acknowledged, acknowledged + 1], where).toContain(held.head)
  expect(held.values, where).toEqual(afterSteps(held.head))
  expect(await open.commit(step(held.head + 1), held.head), where).toBe(held.head + 1)
  await disk.quiet()
  await open.close()
  expect(disk.paths(), where).toEqual(['/data/u-ada/journal', '/data/u-ada/reserve'])
  return held.head + 1
}

describe.each<Aftermath>(['kept', 'lost', 'half'])(
  'a crash at every call to the disk, what was not synced being %s',
  (after) => {
    test('loses, tears and doubles nothing, and the commit number goes on', async () => {
      let during = { snapshot: 0, commit: 0 }
      for (let call = 1; ; call += 1) {
        const disk = new Disk()
        disk.crashAt(call)
        const acknowledged = await history(disk)
        if (!disk.crashed) break
        const where = `crash at call ${call}: ${disk.log.at(-1)}`
        const snapshot = where.includes('journal.next') || where.includes('rename')
        during = { snapshot: during.snapshot + Number(snapshot), commit: during.commit + Number(!snapshot) }
        disk.restart(after)
        const newest = await expectWhole(disk, acknowledged, where)
        // What is acknowledged after a mere crash of the process must survive a power loss that comes later.
        disk.restart('lost')
        await expectWhole(disk, newest, `${where}, restarted twice`)
      }
      expect(during.snapshot).toBeGreaterThan(10)
      expect(during.commit).toBeGreaterThan(2 * STEPS)
    })
  },
)

describe.each(['EIO', 'ENOSPC'])('%s at every call to the disk', (code) => {
  /** One commit under a fault: acknowledged, refused without effect (then it works the second time), or unsure. */
  async function commitOnce(disk: Disk, n: number, open: Awaited<ReturnType<typeof openOn>>): Promise<string> {
    try {
      await open.commit(step(n), n - 1)
      return 'done'
    } catch (thrown) {
      if (isSyncError(thrown, 'SYNC_STORE_BROKEN')) return 'broken'
      expect(isSyncError(thrown) && thrown.code, disk.log.at(-1)).toBe(
        code === 'EIO' ? 'SYNC_STORE_FAILED' : 'SYNC_STORE_FULL',
      )
      expect((await heldBy(open)).values).toEqual(afterSteps(n - 1))
      await open.commit(step(n), n - 1)
      return 'refused'
    }
  }

  async function faulty(disk: Disk, outcomes: Set<string>): Promise<number> {
    const open = await openOn(storeOn(disk, options)).catch((thrown: unknown) => {
      expect(isSyncError(thrown, 'SYNC_STORE_UNAVAILABLE')).toBe(true)
      outcomes.add('unavailable')
      return openOn(storeOn(disk, options))
    })
    let n = 0
    while (n < STEPS) {
      const outcome = await commitOnce(disk, n + 1, open)
      outcomes.add(outcome)
      await disk.quiet()
      if (outcome === 'broken') break
      n += 1
    }
    if (n < STEPS) {
      await expect(open.commit(step(n + 1), n)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
      await expect(heldBy(open)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    }
    await open.close().catch(() => outcomes.add('broken'))
    return n
  }

  test('ends in a commit, a refusal without effect, or a broken store that opens whole', async () => {
    const outcomes = new Set<string>()
    for (let call = 1; ; call += 1) {
      const disk = new Disk()
      disk.failAt(call, code)
      // A broken store may also show at the commit after the one during which a snapshot failed.
      const newest = await faulty(disk, outcomes)
      if (disk.calls < call) break
      await expectWhole(disk, newest, `${code} at call ${call}: ${disk.log[call - 1]}`)
    }
    expect([...outcomes].sort()).toEqual(['broken', 'done', 'refused', 'unavailable'])
  })
})

/** A disk on which each of the named calls fails once, from a moment on; a write gets ten bytes down first. */
class FailingDisk extends Disk {
  #failing = new Set<string>()

  failOnce(verbs: readonly string[]): void {
    this.#failing = new Set(verbs)
  }

  override async open(path: string, how: 'read' | 'write' | 'create'): Promise<OpenFile> {
    const file = await super.open(path, how)
    const refuse = (verb: string): void => {
      if (this.#failing.delete(verb)) throw Object.assign(new Error(`${verb} fails`), { code: 'EIO' })
    }
    return {
      ...file,
      write: async (bytes, position) => {
        if (this.#failing.has('write')) await file.write(bytes.subarray(0, 10), position)
        refuse('write')
        return file.write(bytes, position)
      },
      truncate: async (length) => {
        refuse('truncate')
        await file.truncate(length)
      },
      sync: async () => {
        refuse('sync')
        await file.sync()
      },
    }
  }
}

describe('a commit', () => {
  test.each<[string, string[]]>([
    ['written in part and not taken back', ['write', 'truncate']],
    ['not synced', ['sync']],
    ['not synced and not taken back', ['sync', 'truncate']],
  ])('%s breaks the store until it is opened again', async (_, verbs) => {
    const disk = new FailingDisk()
    const open = await openOn(storeOn(disk, options))
    await open.commit(step(1), 0)
    disk.failOnce(verbs)
    // The second waits its turn behind the first, and finds the store broken when it comes.
    const calls = [open.commit(step(2), 1), open.commit(step(2), 1)]
    const reasons = (await Promise.allSettled(calls)).map((outcome) => 'reason' in outcome && outcome.reason.code)
    expect(reasons).toEqual(['SYNC_STORE_BROKEN', 'SYNC_STORE_BROKEN'])
    await expect(open.commit(step(2), 1)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await expect(heldBy(open)).rejects.toMatchObject({ code: 'SYNC_STORE_BROKEN' })
    await open.close()
    const { head, values } = await heldBy(await openOn(storeOn(disk, options)))
    // Taken back, it does not show in a reopened store; a whole frame that stays does, and either is sound.
    expect(head).toBe(verbs.join() === 'sync,truncate' ? 2 : 1)
    expect(values).toEqual(afterSteps(head))
  })
})
