import { describe, expect, it } from 'vitest'
import { createSyncClient, record } from '../../src/index.ts'
import { belongsTo, deleteWithRelations, hasMany, planDelete } from '../../src/relations/index.ts'
import { wrapStore } from '../support/stores.ts'
import { quiet, until, virtualEnv } from '../support/virtual-env.ts'
import { type Family, family, KeyedServer } from './family.ts'

/** Ada owns nothing, has a profile, is Bob's friend; project p has tasks t (with subtask s, labels l and m) and u. */
async function filled({ all }: Family): Promise<void> {
  await all.people.createMany([{ id: 'ada' }, { id: 'bob', friendId: 'ada' }, { id: 'eve' }])
  await all.profiles.create({ id: 'x', personId: 'ada' })
  await all.projects.createMany([{ id: 'p', ownerId: 'bob' }, { id: 'q' }])
  await all.tasks.createMany([
    { id: 't', projectId: 'p' },
    { id: 's', parentId: 't', projectId: 'p' },
    { id: 'u', projectId: 'p' },
    { id: 'v', projectId: 'q' },
    { id: 'w' },
  ])
  await all.labels.createMany([{ id: 'l' }, { id: 'm' }])
  await all.taskLabels.createMany([
    { id: 'tl', taskId: 't', labelId: 'l' },
    { id: 'tm', taskId: 't', labelId: 'm' },
    { id: 'vl', taskId: 'v', labelId: 'l' },
  ])
}
const ids = async (list: Promise<readonly { readonly id: string }[]>): Promise<string> =>
  (await list).map(({ id }) => id).join(' ')

describe('a deletion', () => {
  it('takes along what cascades, through every level, and nothing else', async () => {
    const server = new KeyedServer()
    const scene = family(server)
    const { all, sync, status } = scene
    await filled(scene)
    await sync()
    await all.projects.delete('p')
    expect(await ids(all.tasks.readAll())).toBe('v w')
    expect(await ids(all.taskLabels.readAll())).toBe('vl')
    expect(await ids(all.labels.readAll())).toBe('l m')
    await sync()
    expect(server.broken).toEqual([])
    expect(Object.keys(server.all('tasks')).sort()).toEqual(['v', 'w'])
    expect(status().pending).toBe(0)
  })

  it('is one commit', async () => {
    const store = wrapStore()
    const scene = family(undefined, { store })
    await filled(scene)
    const before = store.commits.length
    await scene.all.projects.delete('p')
    expect(store.commits.length).toBe(before + 1)
    expect(store.commits.at(-1)?.filter(({ table }) => table === 'op')).toHaveLength(6)
  })

  it('lets go where the relation says setNull, and cascades to the one that is one', async () => {
    const scene = family()
    await filled(scene)
    await scene.all.people.delete('ada')
    expect(await scene.all.people.read('bob')).toEqual({ id: 'bob', friendId: null })
    expect(await scene.all.profiles.readAll()).toEqual([])
  })

  it('is refused where the relation says restrict, naming who forbids it, and leaves all as it was', async () => {
    const store = wrapStore()
    const scene = family(undefined, { store })
    await filled(scene)
    const before = store.commits.length
    await expect(scene.all.people.delete('bob')).rejects.toMatchObject({
      code: 'SYNC_CONDITION_FAILED',
      message: expect.stringContaining('1 of projects refer to it'),
      details: { collection: 'projects', count: 1, ids: ['p'] },
    })
    expect(store.commits.length).toBe(before)
    await scene.all.projects.delete('p')
    await scene.all.people.delete('bob')
    expect(await ids(scene.all.people.readAll())).toBe('ada eve')
  })

  it('leaves alone what refers by a relation without onDelete', async () => {
    const client = createSyncClient({
      collections: {
        a: { schema: record<{ id: string }>(), relations: { bs: hasMany('b', 'aId') } },
        b: record<{ id: string; aId: string }>(),
      },
      env: virtualEnv(),
    })
    await client.collections.a.create({ id: '1' })
    await client.collections.b.create({ id: '2', aId: '1' })
    await client.collections.a.delete('1')
    expect(await client.collections.b.readAll()).toEqual([{ id: '2', aId: '1' }])
    await client.dispose()
  })

  it('ends over rings and diamonds', async () => {
    const { all } = family()
    await all.tasks.createMany([
      { id: 'a', parentId: 'c' },
      { id: 'b', parentId: 'a' },
      { id: 'c', parentId: 'b' },
      { id: 'd', parentId: 'd', projectId: 'p' },
      { id: 'e', parentId: 'd', projectId: 'p' },
    ])
    await all.projects.create({ id: 'p' })
    await all.tasks.delete('b')
    expect(await ids(all.tasks.readAll())).toBe('d e')
    await all.projects.delete('p')
    expect(await all.tasks.readAll()).toEqual([])
  })

  it.each(['restrict', 'setNull'] as const)(
    'of a record that %s would touch, and that is deleted as well, just deletes it',
    async (onDelete) => {
      const store = wrapStore()
      const client = createSyncClient({
        collections: {
          a: record<{ id: string }>(),
          b: {
            schema: record<{ id: string; aId: string; otherId: string | null }>(),
            relations: {
              a: belongsTo('a', 'aId', { onDelete: 'cascade' }),
              other: belongsTo('a', 'otherId', { onDelete }),
            },
          },
        },
        env: virtualEnv(),
        store,
      })
      await client.collections.a.create({ id: '1' })
      await client.collections.b.create({ id: '2', aId: '1', otherId: '1' })
      await client.collections.a.delete('1')
      expect(await client.collections.b.readAll()).toEqual([])
      expect(store.commits.at(-1)?.filter(({ table }) => table === 'op')).toHaveLength(2)
      await client.dispose()
    },
  )

  it('whose condition does not hold does nothing to the others either', async () => {
    const scene = family()
    await filled(scene)
    await expect(scene.all.projects.delete('p', { where: { name: 'other' } })).rejects.toMatchObject({
      code: 'SYNC_CONDITION_FAILED',
    })
    expect(await ids(scene.all.tasks.readAll())).toBe('s t u v w')
  })

  it('passes the middleware for each record, which may refuse it all', async () => {
    const scene = family()
    await filled(scene)
    const seen: string[] = []
    const remove = scene.client.use({
      name: 'look',
      middleware: {
        delete: (operation, next) => {
          seen.push(`${operation.collection}/${operation.id}`)
          if (operation.id === 's' && seen.length > 3) throw new Error('not s')
          return next()
        },
      },
    })
    await expect(scene.all.projects.delete('p')).rejects.toThrow('not s')
    expect(await ids(scene.all.tasks.readAll())).toBe('s t u v w')
    remove()
    await scene.all.projects.delete('p')
    expect(await ids(scene.all.tasks.readAll())).toBe('v w')
  })

  it('takes along a child that came while a middleware took its time', async () => {
    const scene = family()
    const { all, client } = scene
    await filled(scene)
    let go = (): void => {}
    const slow = new Promise<void>((resolve) => {
      go = resolve
    })
    let entered = false
    client.use({
      name: 'slow',
      middleware: {
        delete: async (operation, next) => {
          if (operation.id === 'u') {
            entered = true
            await slow
          }
          return next()
        },
      },
    })
    const deleted = all.projects.delete('p')
    await until(() => entered)
    await all.tasks.create({ id: 'late', projectId: 'p' })
    go()
    await deleted
    expect(await all.tasks.read('late')).toBeUndefined()
  })

  it('takes along a child that the same commit makes before it', async () => {
    const store = wrapStore()
    const { all } = family(undefined, { store })
    await all.projects.create({ id: 'q' })
    let go = (): void => {}
    store.beforeCommit = () =>
      new Promise<void>((resolve) => {
        go = resolve
      })
    const held = all.people.create({ id: 'ada' })
    await quiet()
    const child = all.tasks.create({ id: 'new', projectId: 'q' })
    await quiet()
    const gone = all.projects.delete('q')
    await quiet()
    store.beforeCommit = () => {}
    go()
    await Promise.all([held, child, gone])
    expect(await all.projects.readAll()).toEqual([])
    expect(await all.tasks.readAll()).toEqual([])
  })

  it('that comes from the server cascades nothing here', async () => {
    const server = new KeyedServer()
    const scene = family(server)
    await filled(scene)
    await scene.sync()
    server.write('projects', 'p', null)
    await scene.sync()
    expect(await ids(scene.all.tasks.readAll())).toBe('s t u v w')
    expect(scene.status().pending).toBe(0)
  })

  it('refuses a null that the schema does not allow, before anything is done', async () => {
    const client = createSyncClient({
      collections: {
        a: record<{ id: string }>(),
        b: {
          schema: {
            '~standard': {
              version: 1,
              vendor: 'test',
              validate: (value: unknown) =>
                (value as { aId: unknown }).aId === null
                  ? { issues: [{ message: 'must be text', path: ['aId'] }] }
                  : { value: value as { id: string; aId: string } },
            },
          },
          relations: { a: belongsTo('a', 'aId', { onDelete: 'setNull' }) },
        },
      },
      env: virtualEnv(),
    })
    await client.collections.a.create({ id: '1' })
    await client.collections.b.create({ id: '2', aId: '1' } as never)
    await expect(client.collections.a.delete('1')).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    expect(await client.collections.a.read('1')).toEqual({ id: '1' })
    await client.dispose()
  })
})

describe('a plan', () => {
  it('says what a deletion would do, and does nothing', async () => {
    const store = wrapStore()
    const scene = family(undefined, { store })
    await filled(scene)
    const before = store.commits.length
    expect(await planDelete(scene.all.projects, 'p')).toEqual({
      collection: 'projects',
      id: 'p',
      steps: [
        { collection: 'projects', what: 'delete', count: 1, ids: ['p'] },
        { collection: 'taskLabels', what: 'delete', count: 2, ids: ['tl', 'tm'] },
        { collection: 'tasks', what: 'delete', count: 3, ids: ['s', 't', 'u'] },
      ],
    })
    expect((await planDelete(scene.all.people, 'bob')).steps).toEqual([
      { collection: 'people', what: 'delete', count: 1, ids: ['bob'] },
      { collection: 'projects', what: 'restrict', count: 1, ids: ['p'] },
    ])
    expect((await planDelete(scene.all.people, 'ada')).steps).toContainEqual({
      collection: 'people',
      what: 'setNull',
      count: 1,
      ids: ['bob'],
    })
    expect((await planDelete(scene.all.people, 'nobody')).steps).toEqual([])
    expect(store.commits.length).toBe(before)
  })

  it('is kept to: a deletion that would do anything else by now is refused', async () => {
    const scene = family()
    await filled(scene)
    const plan = await planDelete(scene.all.projects, 'p')
    await scene.all.tasks.create({ id: 'z', projectId: 'p' })
    await expect(deleteWithRelations(scene.all.projects, 'p', { plan })).rejects.toMatchObject({
      code: 'SYNC_CONDITION_FAILED',
    })
    await scene.all.tasks.delete('z')
    expect(await deleteWithRelations(scene.all.projects, 'p', { plan })).toEqual(plan)
    expect(await ids(scene.all.projects.readAll())).toBe('q')
  })
})

describe('a large deletion', () => {
  const large = async (scene: Family): Promise<void> => {
    await scene.all.projects.create({ id: 'p' })
    await scene.all.tasks.createMany(Array.from({ length: 40 }, (_, n) => ({ id: `t${n}`, projectId: 'p' })))
    await scene.all.tasks.createMany(Array.from({ length: 40 }, (_, n) => ({ id: `s${n}`, parentId: `t${n % 7}` })))
  }

  it('goes in batches, children first, and tells how far it is', async () => {
    const store = wrapStore()
    const scene = family(undefined, { store })
    await large(scene)
    const before = store.commits.length
    const progress: string[] = []
    await deleteWithRelations(scene.all.projects, 'p', {
      batch: 30,
      onProgress: ({ done, total }) => progress.push(`${done}/${total}`),
    })
    expect(progress).toEqual(['30/81', '60/81', '81/81'])
    expect(store.commits.length).toBe(before + 3)
    expect(await scene.all.tasks.readAll()).toEqual([])
    expect(await scene.all.projects.readAll()).toEqual([])
  })

  it('that is aborted leaves nobody who refers to a deleted record', async () => {
    const scene = family()
    await large(scene)
    const controller = new AbortController()
    const deletion = deleteWithRelations(scene.all.projects, 'p', {
      batch: 13,
      signal: controller.signal,
      onProgress: ({ done }) => done > 40 && controller.abort(),
    })
    await expect(deletion).rejects.toMatchObject({ code: 'SYNC_ABORTED' })
    const tasks = await scene.all.tasks.readAll()
    const there = new Set(tasks.map(({ id }) => id))
    expect(there.size).toBe(80 - 52)
    expect(tasks.filter(({ parentId }) => parentId && !there.has(parentId))).toEqual([])
    expect(await scene.all.projects.read('p')).toBeDefined()
    await deleteWithRelations(scene.all.projects, 'p')
    expect(await scene.all.tasks.readAll()).toEqual([])
  })

  it('never leaves a reference that leads nowhere, whatever the ids and the shape', async () => {
    const { all } = family()
    await all.projects.create({ id: 'p' })
    await all.tasks.createMany([
      { id: 'b', parentId: 'z', projectId: 'p' },
      { id: 'z', parentId: 'm', projectId: 'p' },
      { id: 'm', parentId: 'c', projectId: 'p' },
      { id: 'c', projectId: 'p' },
      { id: 'n', parentId: 'b' },
    ])
    const steps: (readonly (readonly [string, string | undefined])[])[] = []
    await deleteWithRelations(all.projects, 'p', {
      batch: 1,
      onProgress: () => {
        const rows = all.tasks.watchAll().getSnapshot() ?? []
        steps.push(rows.map(({ id, parentId }) => [id, parentId ?? undefined]))
      },
    })
    expect(steps.map(({ length }) => length)).toEqual([4, 3, 2, 1, 0, 0])
    for (const rows of steps) {
      for (const [, parent] of rows) expect([undefined, ...rows.map(([id]) => id)]).toContain(parent)
    }
  })

  it('takes along what came in between', async () => {
    const scene = family()
    await large(scene)
    let late: Promise<unknown> = Promise.resolve()
    await deleteWithRelations(scene.all.projects, 'p', {
      batch: 50,
      onProgress: ({ done }) => {
        if (done === 50) late = scene.all.tasks.create({ id: 'late', projectId: 'p' })
      },
    })
    await late
    expect(await scene.all.tasks.readAll()).toEqual([])
    expect(await scene.all.projects.read('p')).toBeUndefined()
  })

  it.each<[string, unknown]>([
    ['a batch of nothing', { batch: 0 }],
    ['half a batch', { batch: 1.5 }],
    ['a plan that is text', { plan: 'p' }],
    ['a signal that is none', { signal: 'now' }],
    ['progress that is no function', { onProgress: 1 }],
    ['a misspelt option', { onProgres: () => {} }],
    ['no object', 7],
  ])('refuses %s', async (_, options) => {
    const scene = family()
    await scene.all.projects.create({ id: 'p' })
    await expect(deleteWithRelations(scene.all.projects, 'p', options as object)).rejects.toMatchObject({
      code: 'SYNC_INPUT_INVALID',
    })
    expect(await scene.all.projects.read('p')).toBeDefined()
  })

  it('refuses what is no collection', async () => {
    await expect(planDelete({} as never, 'p')).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await expect(planDelete(family().client as never, 'p')).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
  })
})
