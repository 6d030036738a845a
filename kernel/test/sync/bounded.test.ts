import { describe, expect, it, vi } from 'vitest'
import { device } from '../support/device.ts'
import { TestServer, withLimits } from '../support/server.ts'
import { wrapStore } from '../support/stores.ts'

const filled = (rows: number): TestServer => {
  const server = new TestServer()
  for (let n = 0; n < rows; n += 1) server.write('tasks', `t${n}`, { id: `t${n}`, title: 't', n })
  return server
}

/** Entries of maps and sets that `work` looks at. */
async function lookups(work: () => Promise<unknown>): Promise<number> {
  const spies = [vi.spyOn(Map.prototype, 'get'), vi.spyOn(Set.prototype, 'has')]
  try {
    await work()
    return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

/** Lookups in maps and sets of a pull that brings one change to a device that has so many rows. */
async function costOfOne(rows: number, deleted = 0): Promise<number> {
  const server = filled(rows)
  for (let n = 0; n < deleted; n += 1) server.write('tasks', `t${n}`, null)
  const { tasks, sync } = device(server, { remote: server.adapter(withLimits({ pageRows: 1000 })) })
  await sync()
  for (let run = 0; run < 4; run += 1) await sync()
  const last = `t${rows - 1}`
  server.edit('tasks', last, { title: 'new' })
  const cost = await lookups(sync)
  expect(await tasks.read(last)).toMatchObject({ title: 'new' })
  return cost
}

describe('a pull', () => {
  it('costs what it brings, not what the device has', async () => {
    const [few, many] = [await costOfOne(20), await costOfOne(2000)]
    expect(many - few).toBeLessThan(50)
  })

  it('costs no more once many rows were deleted', async () => {
    const [none, many] = [await costOfOne(500), await costOfOne(500, 400)]
    expect(many - none).toBeLessThan(50)
  })

  it('asks for a page only when the one before is stored, so that one page is held beside the data', async () => {
    const server = filled(23)
    const store = wrapStore()
    const steps: string[] = []
    store.beforeCommit = (entries) => {
      const rows = entries.filter(({ table }) => table === 'base').length
      if (rows > 0) steps.push(`store ${rows}`)
    }
    server.beforePull = () => void steps.push('ask')
    await device(server, { store }).sync()
    expect(steps).toEqual(['ask', 'store 5', 'ask', 'store 5', 'ask', 'store 5', 'ask', 'store 5', 'ask', 'store 3'])
  })
})
