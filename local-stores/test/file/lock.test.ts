import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isSyncError } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { fileStore } from '../../src/file/index.ts'
import { lockFolder } from '../../src/file/lock.ts'
import { type Child, startOpener } from '../processes/child.ts'
import { freshFolder, NAMESPACE, openOn, put } from './helpers.ts'

const lockNames = async (directory: string): Promise<string[]> =>
  (await readdir(join(directory, NAMESPACE))).filter((name) => name.startsWith('lock-'))

describe('a namespace held by another process', () => {
  test('is refused with SYNC_STORE_LOCKED and the pid, and opens once that process closes it', async () => {
    const directory = await freshFolder()
    const holder = await startOpener(directory, NAMESPACE)
    expect(await holder.ask('open')).toBe('held')
    const store = fileStore({ directory })
    const refusal = { code: 'SYNC_STORE_LOCKED', details: { pid: holder.pid } }
    await expect(openOn(store)).rejects.toMatchObject(refusal)
    await expect(store.destroy(NAMESPACE)).rejects.toMatchObject(refusal)
    expect(await holder.ask('close')).toBe('closed')
    await (await openOn(store)).close()
    expect(await lockNames(directory)).toEqual([])
  })

  test('opens at once after that process was killed', async () => {
    const directory = await freshFolder()
    for (let round = 0; round < 3; round += 1) {
      const holder = await startOpener(directory, NAMESPACE)
      expect(await holder.ask('open')).toBe('held')
      await holder.kill()
    }
    expect(await lockNames(directory)).toHaveLength(2)
    const open = await openOn(fileStore({ directory }))
    await open.close()
    expect(await lockNames(directory)).toEqual([])
  })

  test('stays refused while that process is only stopped', async () => {
    const directory = await freshFolder()
    const holder = await startOpener(directory, NAMESPACE)
    expect(await holder.ask('open')).toBe('held')
    holder.stop()
    await expect(openOn(fileStore({ directory }))).rejects.toMatchObject({ details: { pid: holder.pid } })
  })

  test('is free for the next when the process ends without closing it, which the store does not hinder', async () => {
    const directory = await freshFolder()
    const holder = await startOpener(directory, NAMESPACE)
    await holder.ask('open')
    expect(await holder.ask('leave')).toBe('left')
    expect(await holder.exit()).toBe(0)
    await (await openOn(fileStore({ directory }))).close()
  })
})

describe('a race for a lock that a killed process left', () => {
  const ROUNDS = 20

  test('between processes has exactly one winner, in every round', async () => {
    const directory = await freshFolder()
    const racers = await Promise.all([1, 2, 3].map(() => startOpener(directory, NAMESPACE)))
    for (let round = 1; round <= ROUNDS; round += 1) {
      const answers = await Promise.all(racers.map((racer) => racer.ask('open')))
      const winners = racers.filter((_, index) => answers[index] === 'held')
      expect(winners.length, `round ${round}: ${answers.join(', ')}`).toBe(1)
      expect(answers.filter((answer) => answer.startsWith('SYNC_STORE_LOCKED')).length).toBe(racers.length - 1)
      // The winner dies holding the lock: the next round races for what it left.
      const winner = racers.indexOf(winners[0] as Child)
      await racers[winner]?.kill()
      racers[winner] = await startOpener(directory, NAMESPACE)
    }
  })

  test('within one process has exactly one winner, in every round', async () => {
    const folder = await freshFolder()
    for (let round = 0; round < 50; round += 1) {
      const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => lockFolder(folder)))
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
      const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(won).toHaveLength(1)
      for (const { reason } of refused) expect(isSyncError(reason, 'SYNC_STORE_LOCKED'), String(reason)).toBe(true)
      await won[0]?.value.release()
    }
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a second open in the same process', () => {
  test('is refused with its own pid, whichever store object it comes from', async () => {
    const directory = await freshFolder()
    const open = await openOn(fileStore({ directory }))
    await expect(openOn(fileStore({ directory }))).rejects.toMatchObject({ details: { pid: process.pid } })
    await open.close()
    await (await openOn(fileStore({ directory }))).close()
  })
})

describe('what a crash may leave', () => {
  test('hinders nobody: names under the pid of a living process, torn files, half-made locks', async () => {
    const directory = await freshFolder()
    const folder = join(directory, NAMESPACE)
    await mkdir(folder)
    const own = `lock-${process.pid}-00000000000a`
    for (const name of [own, `${own}.held`, 'lock-1-00000000000b.held', 'lock-1-00000000000c.new']) {
      await writeFile(join(folder, name), 'torn')
    }
    const open = await openOn(fileStore({ directory }))
    expect((await lockNames(directory)).filter((name) => name.includes('0000000000'))).toEqual([])
    await open.close()
    expect(await lockNames(directory)).toEqual([])
  })
})

describe.runIf(process.platform === 'linux')('a path longer than a socket may have', () => {
  test('is locked all the same', async () => {
    const directory = join(await freshFolder(), 'd'.repeat(120), 'e'.repeat(120))
    const open = await openOn(fileStore({ directory }))
    await open.commit([put('base', 'k', 1)], 0)
    await expect(openOn(fileStore({ directory }))).rejects.toMatchObject({ code: 'SYNC_STORE_LOCKED' })
    await open.close()
    expect(await lockNames(directory)).toEqual([])
  })
})
