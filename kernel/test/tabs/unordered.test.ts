import { describe, expect, it } from 'vitest'
import type { JsonObject, PushOperation, PushVerdict, RemoteAdapter } from '../../src/index.ts'
import { Browser, type Tab } from '../support/browser.ts'
import { once, TestServer } from '../support/server.ts'

/** A server that overwrites: it compares nothing, and takes whole records. */
class Overwriting extends TestServer {
  override take({ collection, id, record, opId }: PushOperation & { readonly record?: JsonObject }): PushVerdict {
    this.write(collection, id, record ?? null)
    this.effects.push(opId)
    return { kind: 'applied' }
  }

  remote(): RemoteAdapter {
    return this.adapter({ conditional: 'none', idempotency: 'natural', revisions: 'none', live: 'none' })
  }
}

interface Scene {
  readonly browser: Browser
  readonly server: Overwriting
  readonly a: Tab
  readonly b: Tab
}

/** Two tabs at rest that have the row `x`: the first leads. */
async function two(): Promise<Scene> {
  const server = new Overwriting()
  server.write('tasks', 'x', { id: 'x', title: 'base', n: 0 })
  const browser = new Browser(server)
  const [a, b] = [0, 1].map(() => browser.open({ remote: server.remote() })) as [Tab, Tab]
  for (const { client } of [a, b]) {
    await client.start()
    await browser.clock.advance(2000)
  }
  return { browser, server, a, b }
}

describe('over a remote whose versions have no order, tabs', () => {
  it('send nothing while another one pulls', async () => {
    const { browser, server, a, b } = await two()
    let answer = (): void => {}
    server.edit('tasks', 'x', { done: true })
    server.afterPull = once(() => new Promise<undefined>((resolve) => (answer = () => resolve(undefined))))
    const pulled = a.sync()
    await browser.clock.advance(0)
    await b.tasks.update('x', { n: 1 })
    await browser.clock.advance(1000)
    answer()
    await pulled
    // The older row did not take the place of what was written since it was read.
    expect(await b.tasks.read('x')).toMatchObject({ n: 1 })
    await browser.clock.advance(1000)
    await b.tasks.update('x', { title: 'mine' })
    await browser.clock.advance(1000)
    expect(server.record('tasks', 'x')).toEqual({ id: 'x', title: 'mine', n: 1, done: true })
  })

  it('know what others wrote before they put anything on top of it', async () => {
    const { browser, server, b } = await two()
    server.edit('tasks', 'x', { title: 'by somebody else' })
    await b.tasks.update('x', { n: 1 })
    await browser.clock.advance(1000)
    expect(server.record('tasks', 'x')).toEqual({ id: 'x', title: 'by somebody else', n: 1 })
  })

  it('wait for none that is frozen, nor longer than they run', async () => {
    const { browser, server, a, b } = await two()
    server.afterPull = once(() => a.freeze())
    void a.sync().catch(() => {})
    await browser.clock.advance(0)
    await b.tasks.update('x', { n: 1 })
    await browser.clock.advance(1000)
    await b.client.stop()
    await b.client.start()
    expect(server.record('tasks', 'x')).toMatchObject({ n: 0 })
    await browser.clock.advance(60_000)
    expect(server.record('tasks', 'x')).toMatchObject({ n: 1 })
  })
})
