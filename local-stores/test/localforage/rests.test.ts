import type { Env } from '@rowkeep/kernel'
import { expect, test } from 'vitest'
import { heldIn, keyValuesOn, openOn, patientEnv, put, storeOn } from './stand-ins.ts'

test('over a driver that never waits, a load and a fold let others in after each million characters', async () => {
  let rests = 0
  const env: Env = {
    ...patientEnv,
    setTimer: (ms, run) => {
      if (ms === 0) rests += 1
      return patientEnv.setTimer(ms, run)
    },
  }
  const map = new Map<string, unknown>()
  const store = await openOn(storeOn(keyValuesOn(map), { compactAfterCommits: 30 }, {}), env)
  for (let n = 0; n < 29; n += 1) await store.commit([put(`k${n}`, 'x'.repeat(200_000))], n)
  expect(rests).toBe(0)
  await heldIn(store)
  expect(rests).toBe(5)
  rests = 0
  await store.commit([put('last', 'x'.repeat(200_000))], 29)
  await expect.poll(() => [...map.keys()].some((key) => key.includes('/c/'))).toBe(false)
  // It reads six million characters, sorts them and writes them.
  expect(rests).toBeGreaterThan(15)
  await store.close()
})
