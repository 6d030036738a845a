import { describe, expect, it } from 'vitest'
import type { PullPage } from '../../src/index.ts'
import { type Device, device } from '../support/device.ts'
import { once, TestServer, withLimits } from '../support/server.ts'
import { Disk } from '../support/stores.ts'
import { until } from '../support/virtual-env.ts'

/** A cycle whose page has been answered and is on its way; the result lets it arrive, and waits for the end. */
async function onItsWay(server: TestServer, { sync }: Device): Promise<() => Promise<unknown>> {
  let release = (): void => {}
  let isAnswered = false
  server.afterPull = once(() => {
    isAnswered = true
    return new Promise<PullPage | undefined>((resolve) => (release = () => resolve(undefined)))
  })
  const running = sync()
  await until(() => isAnswered, 'the answer')
  return () => {
    release()
    return running
  }
}

function twoTabs(server: TestServer): readonly [Device, Device] {
  const store = new Disk({ tabs: true })
  const remote = server.adapter(withLimits({ pageRows: 2 }))
  return [device(server, { store, remote }), device(server, { store, remote })]
}

describe('a page that comes after another tab has gone on', () => {
  it('does not bring back for good what was deleted and forgotten since', async () => {
    const server = new TestServer()
    const [a, b] = twoTabs(server)
    await a.sync()
    server.write('tasks', 'x', { id: 'x', title: 'x' })
    const late = await onItsWay(server, a)
    await b.sync()
    await b.tasks.delete('x')
    for (let times = 0; times < 5; times += 1) await b.sync()
    const next = await onItsWay(server, b)
    await late()
    await next()
    for (const { sync, tasks } of [b, a]) {
      await sync()
      expect(await tasks.readAll()).toEqual([])
    }
  })

  it('begins no listing where another one has begun that brought rows which are gone since', async () => {
    const server = new TestServer()
    for (const id of ['x', 'y', 'z']) server.write('tasks', id, { id, title: id })
    const [a, b] = twoTabs(server)
    await a.tasks.readAll()
    // The other tab stops after its first page, before anybody can tell it that a row of that page is deleted.
    let pages = 0
    server.beforePull = () => {
      pages += 1
      if (pages === 2) throw new Error('no network')
    }
    await expect(b.sync()).rejects.toThrow()
    server.write('tasks', 'x', null)
    server.expire()
    await a.sync()
    for (const { sync, tasks } of [a, b]) {
      await sync()
      expect((await tasks.readAll()).map(({ id }) => id)).toEqual(['y', 'z'])
    }
  })

  it('sweeps nothing that another tab made while it was on its way', async () => {
    const server = new TestServer()
    server.write('tasks', 'x', { id: 'x', title: 'x' })
    const store = new Disk({ tabs: true, tells: true })
    const [a, b] = [device(server, { store }), device(server, { store, sync: 'auto' })]
    await a.sync()
    await b.client.start()
    await b.env.advance(5000)
    server.expire()
    let release = (): void => {}
    server.afterPull = (page) => {
      if (page.kind !== 'snapshot') return
      server.afterPull = () => {}
      return new Promise<undefined>((resolve) => (release = () => resolve(undefined)))
    }
    const asked = server.pulls.length
    const listing = a.sync()
    await until(() => server.pulls.length === asked + 2, 'the listing')
    await b.tasks.create({ id: 'new', title: 'new' })
    await b.env.advance(0)
    expect(server.record('tasks', 'new')).toEqual({ id: 'new', title: 'new' })
    await a.env.advance(0)
    expect(await a.tasks.count()).toBe(2)
    release()
    await listing
    expect((await a.tasks.readAll()).map(({ id }) => id)).toEqual(['new', 'x'])
  })
})
