import { expect, onTestFinished, test } from 'vitest'
import { openTab, urlOf } from './support/tabs.ts'

const probes = urlOf('support/probes.ts')

test('a tab shares storage and locks with the others, and lets go its locks when it goes', async () => {
  const [a, b] = [await openTab(), await openTab()]
  onTestFinished(() => b.close())
  const [key, lock] = [crypto.randomUUID(), crypto.randomUUID()]
  await a.run(probes, 'putText', key, 'from a')
  expect(await b.run(probes, 'getText', key)).toBe('from a')

  const held = a.run(probes, 'holdLock', lock).catch((thrown: unknown) => String(thrown))
  await expect.poll(() => b.run(probes, 'isLockFree', lock)).toBe(false)
  await a.close()
  await expect.poll(() => b.run(probes, 'isLockFree', lock)).toBe(true)
  expect(await held).toContain('closed')
})

test('a reloaded tab begins anew on the same storage', async () => {
  const tab = await openTab()
  onTestFinished(() => tab.close())
  const [key, lock] = [crypto.randomUUID(), crypto.randomUUID()]
  await tab.run(probes, 'putText', key, 'before')
  const held = tab.run(probes, 'holdLock', lock).catch(() => 'gone')
  await expect.poll(() => tab.run(probes, 'isLockFree', lock)).toBe(false)
  await tab.reload()
  expect(await held).toBe('gone')
  expect(await tab.run(probes, 'isLockFree', lock)).toBe(true)
  expect(await tab.run(probes, 'getText', key)).toBe('before')
})
