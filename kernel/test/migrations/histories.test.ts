import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SyncError } from '../../src/index.ts'
import { TestServer } from '../support/server.ts'
import { Disk, wrapStore } from '../support/stores.ts'
import { app1, app2, app3, moved, type Task3, type Todo } from './apps.ts'

type Write =
  | { readonly do: 'create' | 'title' | 'priority'; readonly id: string; readonly to: string }
  | { readonly do: 'delete'; readonly id: string }

/** One way to say what both versions can do. */
interface Tool {
  has(id: string): Promise<boolean>
  create(id: string, to: string): Promise<unknown>
  title(id: string, to: string): Promise<unknown>
  priority(id: string, to: string): Promise<unknown>
  delete(id: string): Promise<unknown>
}

async function play(tool: Tool, write: Write): Promise<void> {
  const there = await tool.has(write.id)
  if (write.do === 'create') await (there ? undefined : tool.create(write.id, write.to))
  else if (there) await (write.do === 'delete' ? tool.delete(write.id) : tool[write.do](write.id, write.to))
}

const tool1 = ({ collections: { todos } }: ReturnType<typeof app1>): Tool => ({
  has: async (id) => (await todos.read(id)) !== undefined,
  create: (id, to) => todos.create({ id, text: to, priority: 'low' }),
  title: (id, to) => todos.update(id, { text: to }),
  priority: (id, to) => todos.update(id, { priority: to }),
  delete: (id) => todos.delete(id),
})

const tool2 = ({ collections: { todos } }: ReturnType<typeof app2>): Tool => ({
  has: async (id) => (await todos.read(id)) !== undefined,
  create: (id, to) => todos.create({ id, title: to, priority: 'low', done: false }),
  title: (id, to) => todos.update(id, { title: to }),
  priority: (id, to) => todos.update(id, { priority: to }),
  delete: (id) => todos.delete(id),
})

// At version 3 the app itself keeps the slug in step; to compare, it is computed as the migration does.
const tool3 = ({ collections: { tasks } }: ReturnType<typeof app3>): Tool => ({
  has: async (id) => (await tasks.read(id)) !== undefined,
  create: (id, to) => tasks.create({ id, title: to, slug: to.toLowerCase(), priority: 1, done: false }),
  title: (id, to) => tasks.update(id, { title: to, slug: to.toLowerCase() }),
  priority: (id, to) => tasks.update(id, { priority: to === 'high' ? 3 : 1 }),
  delete: (id) => tasks.delete(id),
})

const id = fc.constantFrom('h', 'l', 'x', 'y')
const write = fc.oneof(
  fc.record({ do: fc.constantFrom('create' as const, 'title' as const), id, to: fc.constantFrom('A', 'B', 'C') }),
  fc.record({ do: fc.constant('priority' as const), id, to: fc.constantFrom('high', 'low') }),
  fc.record({ do: fc.constant('delete' as const), id }),
)

async function seeded(): Promise<{ readonly server: TestServer; readonly store: Disk }> {
  const [server, store] = [new TestServer(), new Disk()]
  server.write('todos', 'h', { id: 'h', text: 'High', priority: 'high', junk: 'x' })
  server.write('todos', 'l', { id: 'l', text: 'Low', priority: 'low' })
  const app = app1({ store, server })
  await app.synchronize()
  await app.dispose()
  return { server, store }
}

it('comes to the same, whichever versions wrote what and wherever the app was closed between', async () => {
  const step = fc.record({ write, reopen: fc.boolean() })
  const history = fc.record({
    first: fc.array(step, { maxLength: 8 }),
    second: fc.array(step, { maxLength: 8 }),
    third: fc.array(step, { maxLength: 8 }),
  })
  const run = async ({
    first,
    second,
    third,
  }: { [N in 'first' | 'second' | 'third']: { write: Write; reopen: boolean }[] }) => {
    const [place, straight] = [await seeded(), await seeded()]
    const phase = async <A extends { dispose(): Promise<void> }>(
      steps: typeof first,
      open: () => A,
      toolOf: (app: A) => Tool,
    ): Promise<void> => {
      let app = open()
      for (const one of steps) {
        await play(toolOf(app), one.write)
        if (!one.reopen) continue
        await app.dispose()
        app = open()
      }
      await app.dispose()
    }
    await phase(first, () => app1(place), tool1)
    await phase(second, () => app2(place), tool2)
    await phase(third, () => app3(place), tool3)
    // The same writes, all made by version 1, migrated in one step.
    const all = [...first, ...second, ...third].map((one) => ({ ...one, reopen: false }))
    await phase(all, () => app1(straight), tool1)
    const before = app1(straight)
    const expected = (await before.collections.todos.readAll()).map((todo: Todo): Task3 => moved(todo))
    const accepted = before.status.getSnapshot()?.writes.accepted
    await before.dispose()
    const [lazy, direct] = [app3(place), app3(straight)]
    expect(await lazy.collections.tasks.readAll()).toEqual(expected)
    expect(await direct.collections.tasks.readAll()).toEqual(expected)
    for (const app of [lazy, direct]) {
      expect(app.status.getSnapshot()?.writes.accepted).toBe(accepted)
      await app.dispose()
    }
  }
  await fc.assert(fc.asyncProperty(history, run), { numRuns: 150 })
})

it('leaves old data or new data, never a mixture, wherever it is cut off [F119]', async () => {
  const writes: readonly Write[] = [
    { do: 'title', id: 'h', to: 'B' },
    { do: 'create', id: 'x', to: 'C' },
    { do: 'delete', id: 'l' },
    { do: 'priority', id: 'x', to: 'high' },
  ]
  for (let cut = 0; cut <= writes.length + 1; cut += 1) {
    const { server, store } = await seeded()
    const old = app1({ store, server })
    await old.collections.todos.update('h', { text: 'A' })
    await old.collections.todos.update('l', { priority: 'high' })
    await old.dispose()
    const failing = wrapStore(store)
    let commits = 0
    failing.beforeCommit = () => {
      commits += 1
      if (commits > cut) throw new SyncError('SYNC_STORE_FAILED')
    }
    const app = app3({ store: failing, server })
    let done = 0
    for (const one of writes) {
      const worked = await play(tool3(app), one).then(
        () => true,
        () => false,
      )
      // From here on the app is gone.
      if (!worked) break
      done += 1
    }
    await app.dispose()
    // The old app opens it only if nothing at all was written.
    const again = app1({ store, server })
    const opens = await again.collections.todos.readAll().then(
      () => true,
      () => false,
    )
    expect(opens).toBe(cut === 0)
    await again.dispose()
    const after = app3({ store, server })
    const expected = new Map<string, Task3>([
      ['h', moved({ id: 'h', text: 'A', priority: 'high' })],
      ['l', moved({ id: 'l', text: 'Low', priority: 'high' })],
    ])
    if (done > 0) expected.set('h', moved({ id: 'h', text: 'B', priority: 'high' }))
    if (done > 1) expected.set('x', moved({ id: 'x', text: 'C', priority: done > 3 ? 'high' : 'low' }))
    if (done > 2) expected.delete('l')
    expect([cut, await after.collections.tasks.readAll()]).toEqual([cut, [...expected.values()]])
    await after.dispose()
  }
})
