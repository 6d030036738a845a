import { describe, expect, it } from 'vitest'
import { conflicts } from '../../src/inbox/index.ts'
import type { Resolver } from '../../src/index.ts'
import { type DeleteRule, lastWriteWins, localWins, merge, remoteWins } from '../../src/resolvers/index.ts'
import { type Device, device, type Task } from '../support/device.ts'
import { TestServer } from '../support/server.ts'
import { quiet } from '../support/virtual-env.ts'

type Scene = Device & { readonly server: TestServer }

/** A device whose row `a` has changed on both sides, as `mine` and `theirs` say, and that has met the conflict. */
async function met(
  resolver: Resolver<Task>,
  mine: (tasks: Device['tasks']) => Promise<unknown>,
  theirs: (server: TestServer) => void,
): Promise<Scene> {
  const server = new TestServer()
  server.write('tasks', 'a', { id: 'a', title: 'base' })
  const made = device(server, { resolver })
  await made.sync()
  await mine(made.tasks)
  theirs(server)
  for (let round = 0; round < 4; round += 1) {
    await made.sync()
    await quiet()
  }
  return { ...made, server }
}

const edit = (tasks: Device['tasks']): Promise<unknown> => tasks.update('a', { title: 'mine' })
const remove = (tasks: Device['tasks']): Promise<unknown> => tasks.delete('a')
const editThere = (server: TestServer): void => server.edit('tasks', 'a', { title: 'theirs', n: 5 })
const removeThere = (server: TestServer): void => server.write('tasks', 'a', null)

describe('localWins and remoteWins', () => {
  it.each([
    ['localWins', localWins(), 'mine'],
    ['remoteWins', remoteWins(), 'theirs'],
    ['lastWriteWins', lastWriteWins(), 'mine'],
    ['merge without rules', merge<Task>({}), 'mine'],
  ] as const)('%s: one side at the fields of both, the others merge', async (_, resolver, title) => {
    const { server, tasks } = await met(resolver, edit, editThere)
    expect(server.record('tasks', 'a')).toEqual({ id: 'a', title, n: 5 })
    expect(await tasks.read('a')).toEqual({ id: 'a', title, n: 5 })
  })

  it('take the whole of their side for a delete against an edit', async () => {
    expect((await met(localWins(), remove, editThere)).server.record('tasks', 'a')).toBeNull()
    expect((await met(localWins(), edit, removeThere)).server.record('tasks', 'a')).toEqual({ id: 'a', title: 'mine' })
    expect((await met(remoteWins(), remove, editThere)).server.record('tasks', 'a')).toMatchObject({ title: 'theirs' })
    expect((await met(remoteWins(), edit, removeThere)).server.record('tasks', 'a')).toBeNull()
  })
})

describe('the rule for deletes', () => {
  const makers = {
    localWins,
    remoteWins,
    lastWriteWins,
    merge: ({ deletes }: { deletes: DeleteRule }) => merge<Task>({}, { deletes }),
  }
  const wanted = {
    // What is left of a record that was deleted here and edited there, and the other way round.
    local: [null, 'mine'],
    remote: ['theirs', null],
    edit: ['theirs', 'mine'],
    delete: [null, null],
  } as const
  it.each(Object.keys(makers) as (keyof typeof makers)[])('is obeyed by %s', async (name) => {
    for (const [rule, [afterDelete, afterEdit]] of Object.entries(wanted)) {
      const resolver = makers[name]({ deletes: rule as DeleteRule })
      const deleted = await met(resolver, remove, editThere)
      expect(deleted.server.record('tasks', 'a')?.['title'] ?? null, `${rule}, deleted here`).toBe(afterDelete)
      const edited = await met(resolver, edit, removeThere)
      expect(edited.server.record('tasks', 'a')?.['title'] ?? null, `${rule}, deleted there`).toBe(afterEdit)
    }
  })

  it.each(Object.keys(makers) as (keyof typeof makers)[])('may put it to a person: %s', async (name) => {
    for (const [mine, theirs] of [[remove, editThere] as const, [edit, removeThere] as const]) {
      const { client } = await met(makers[name]({ deletes: 'ask' }), mine, theirs)
      expect(conflicts(client).getSnapshot()).toMatchObject([{ collection: 'tasks', recordId: 'a', fields: [] }])
    }
  })

  it('is `ask` by default where nobody says who wins', () => {
    const conflict = { base: { id: 'a', title: '' }, local: null, remote: { id: 'a', title: '' }, fields: [] }
    expect(lastWriteWins()(conflict)).toBe('ask')
    expect(lastWriteWins({ by: 'updatedAt' })(conflict)).toBe('ask')
    expect(merge<Task>({})(conflict)).toBe('ask')
  })

  it.each(Object.keys(makers) as (keyof typeof makers)[])('must be one of the five: %s', (name) => {
    expect(() => makers[name]({ deletes: 'keep' as never })).toThrow(`${name}(): deletes must be one of ask, local`)
  })
})

it('a resolver factory given in place of its resolver is refused, not believed', () => {
  const conflict = { base: null, local: {}, remote: {}, fields: ['title'] }
  expect(() => localWins(conflict as never)).toThrow('[SYNC_CONFIG_INVALID]')
  expect(() => remoteWins({ delete: 'ask' } as never)).toThrow('has no "delete"')
})
