import { describe, expect, it } from 'vitest'
import { type Device, device } from '../support/device.ts'
import { TestServer } from '../support/server.ts'

type Step = 'edit a' | 'edit a again' | 'edit b' | 'sync a' | 'sync b'

/** Every order of the steps in which those of one list keep theirs. */
function interleavings<T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] {
  const open = lists.filter((list) => list.length > 0)
  if (open.length === 0) return [[]]
  return open.flatMap((list) => {
    const others = open.map((other) => (other === list ? list.slice(1) : other))
    return interleavings(others).map((rest) => [list[0] as T, ...rest])
  })
}

interface Scene {
  readonly server: TestServer
  readonly a: Device
  readonly b: Device
}

async function scene(): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'x', { id: 'x', title: 'base', n: 0 })
  const [a, b] = [device(server), device(server)]
  for (const one of [a, b]) await one.sync()
  return { server, a, b }
}

async function play({ a, b }: Scene, steps: readonly Step[], edits: Readonly<Record<string, object>>): Promise<void> {
  const run: { readonly [step in Step]: () => Promise<unknown> } = {
    'edit a': () => a.tasks.update('x', edits['a'] ?? {}),
    'edit a again': () => a.tasks.update('x', edits['again'] ?? {}),
    'edit b': () => b.tasks.update('x', edits['b'] ?? {}),
    'sync a': () => a.sync(),
    'sync b': () => b.sync(),
  }
  for (const step of steps) await run[step]()
  for (const one of [a, b, a, b]) await one.sync()
}

const orders = interleavings<Step>([['edit a', 'edit a again'], ['edit b'], ['sync a', 'sync a'], ['sync b', 'sync b']])

describe('a device that edits twice while another edits', () => {
  it('tries every order', () => {
    expect(orders).toHaveLength(630)
    expect(new Set(orders.map((order) => order.join())).size).toBe(630)
  })

  it('comes to the same end in every order of edits, pulls and pushes', async () => {
    const edits = { a: { n: 1 }, again: { title: 'a', n: 2 }, b: { done: true } }
    const end = { id: 'x', title: 'a', n: 2, done: true }
    for (const order of orders) {
      const { server, a, b } = await scene()
      await play({ server, a, b }, order, edits)
      const rows = [server.record('tasks', 'x'), await a.tasks.read('x'), await b.tasks.read('x')]
      expect(rows, order.join()).toEqual([end, end, end])
      expect([...a.heard('conflict:detected'), ...b.heard('conflict:detected')], order.join()).toEqual([])
      const { applied, merged } = a.status().writes
      expect([applied + merged, a.status().pending], order.join()).toEqual([2, 0])
      expect(b.status()).toMatchObject({ pending: 0, writes: { accepted: 1, applied: 1 } })
      await Promise.all([a.client.dispose(), b.client.dispose()])
    }
  })

  it('ends with one of the last values where both changed one field, the same everywhere', async () => {
    const edits = { a: { title: 'a1' }, again: { title: 'a2' }, b: { title: 'b' } }
    for (const order of orders) {
      const { server, a, b } = await scene()
      await play({ server, a, b }, order, edits)
      const row = server.record('tasks', 'x')
      expect(['a2', 'b'], order.join()).toContain(row?.['title'])
      expect([await a.tasks.read('x'), await b.tasks.read('x')], order.join()).toEqual([row, row])
      expect([a.status().pending, b.status().pending]).toEqual([0, 0])
      await Promise.all([a.client.dispose(), b.client.dispose()])
    }
  })

  it('decides nothing against a value it has already sent itself', async () => {
    // b saw a's first edit before it wrote; the value of b is newer than a1 and older than or as new as a2.
    const { server, a, b } = await scene()
    await a.tasks.update('x', { title: 'a1' })
    await a.sync()
    await b.sync()
    await a.tasks.update('x', { done: true })
    await b.tasks.update('x', { title: 'b' })
    await b.sync()
    await a.sync()
    expect(a.heard('conflict:detected')).toEqual([])
    expect(server.record('tasks', 'x')).toEqual({ id: 'x', title: 'b', n: 0, done: true })
  })
})
