import { afterEach, expect, it, vi } from 'vitest'
import { Ledger } from '../../src/journal/ledger.ts'
import { device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** How often all that waits is gone through while so many writes of one request are refused, or wait for a person. */
async function looksFor(count: number, verdict: 'refused' | 'parked'): Promise<number> {
  const server = new TestServer()
  const { tasks, sync, status } = device(server, {
    remote: server.adapter(withLimits({ operations: count, pageRows: 100 })),
  })
  const ids = Array.from({ length: count }, (_, at) => `t${at}`)
  if (verdict === 'refused') await Promise.all(ids.map((id) => tasks.create({ id, title: 'no', forbidden: true })))
  else {
    for (const id of ids) server.write('tasks', id, { id, title: 'theirs' })
    await sync()
    await Promise.all(ids.map((id) => tasks.update(id, { title: 'mine' })))
    for (const id of ids) server.write('tasks', id, null)
  }
  const records = vi.spyOn(Ledger.prototype, 'records').mockClear()
  await sync()
  expect(status().writes).toMatchObject(verdict === 'refused' ? { quarantined: count } : { parked: count })
  return records.mock.calls.length
}

it('many writes that are refused at once cost no look at all others each', async () => {
  expect(await looksFor(60, 'refused')).toBe(await looksFor(20, 'refused'))
})

it('many conflicts that wait for a person at once cost no look at all others each', async () => {
  expect(await looksFor(60, 'parked')).toBe(await looksFor(20, 'parked'))
})
