import { describe, expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { Browser, type Tab } from '../support/browser.ts'
import { accounted } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { Disk } from '../support/stores.ts'

const lost = (): never => {
  throw new SyncError('SYNC_NETWORK')
}

interface Scene {
  readonly browser: Browser
  readonly server: TestServer
  readonly disk: Disk
  readonly a: Tab
  readonly b: Tab
}

/** Two tabs at rest: the first leads. */
async function two(): Promise<Scene> {
  const server = new TestServer()
  const disk = new Disk({ tabs: true, tells: true, shares: true })
  const browser = new Browser(server, disk)
  const [a, b] = [browser.open(), browser.open()]
  for (const { client } of [a, b]) {
    await client.start()
    await browser.clock.advance(2000)
  }
  return { browser, server, disk, a, b }
}

describe('over a store that tabs share, what a tab accepted and has not sent', () => {
  it('is one operation, and nothing where the record is deleted again [F48]', async () => {
    const { browser, server, disk, b } = await two()
    await b.client.pause()
    await b.tasks.create({ id: 'x', title: 'x', n: 0 })
    for (let n = 1; n <= 2000; n += 1) await b.tasks.update('x', { n })
    await b.tasks.create({ id: 'gone', title: 'gone' })
    await b.tasks.delete('gone')
    expect(disk.values('u-', 'op').size).toBe(1)
    await b.client.resume()
    await browser.clock.advance(5000)
    expect(server.sent).toMatchObject([{ kind: 'create', record: { n: 2000 } }])
    for (const { status } of browser.tabs) {
      expect(status()).toMatchObject({ state: 'synced', writes: { accepted: 2003, merged: 2000, cancelled: 2 } })
      expect(accounted(status())).toBe(2003)
    }
  })

  it('stays as it is from the moment another tab may send it', async () => {
    const { browser, server, disk, a, b } = await two()
    await b.client.stop()
    server.afterPush = lost
    await b.tasks.create({ id: 'x', title: 'x', n: 0 })
    await browser.clock.advance(200)
    expect(server.requests).toHaveLength(1)
    await b.tasks.update('x', { n: 1 })
    await b.tasks.delete('x')
    expect([...disk.values('u-', 'op').values()]).toMatchObject([{ kind: 'create' }, { kind: 'delete' }])
    server.afterPush = () => {}
    await browser.clock.advance(100_000)
    expect(server.record('tasks', 'x')).toBeNull()
    expect(server.effects).toHaveLength(2)
    expect(a.status()).toMatchObject({ state: 'synced', writes: { accepted: 3, applied: 2, merged: 1, cancelled: 0 } })
  })
})
