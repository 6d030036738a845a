import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createSyncClient, isSyncError, type SyncError } from '../src/index.ts'

interface Task {
  id: string
  title: string
  done: boolean
  tags: string[]
  place: { room: string }
}
interface Draft extends Partial<Task> {
  title: string
}

const zodTask = z.object({
  id: z.string(),
  title: z.string().min(1),
  done: z.boolean().default(false),
  tags: z.array(z.string()).default([]),
  place: z.object({ room: z.string() }).default({ room: 'none' }),
})
const valibotTask = v.object({
  id: v.string(),
  title: v.pipe(v.string(), v.minLength(1)),
  done: v.optional(v.boolean(), false),
  tags: v.optional(v.array(v.string()), []),
  place: v.optional(v.object({ room: v.string() }), { room: 'none' }),
})
const arkTask = type({
  id: 'string',
  title: 'string > 0',
  done: 'boolean = false',
  tags: type('string[]').default(() => []),
  place: type({ room: 'string' }).default(() => ({ room: 'none' })),
})

/** What the tests use of the collection, the same for each library. */
interface Tasks {
  create(draft: Draft): Promise<Task>
  createMany(drafts: readonly Draft[]): Promise<readonly Task[]>
  save(task: Task): Promise<Task>
  update(id: string, change: Partial<Task> | ((draft: Task) => void)): Promise<Task>
  readAll(): Promise<readonly Task[]>
}

const libraries: readonly (readonly [string, () => Tasks])[] = [
  ['zod', () => createSyncClient({ collections: { tasks: zodTask } }).collections.tasks],
  ['valibot', () => createSyncClient({ collections: { tasks: valibotTask } }).collections.tasks],
  ['arktype', () => createSyncClient({ collections: { tasks: arkTask } }).collections.tasks],
  [
    'zod, asked asynchronously',
    () => createSyncClient({ collections: { tasks: zodTask.refine(async () => true) } }).collections.tasks,
  ],
  [
    'valibot, asked asynchronously',
    () =>
      createSyncClient({
        collections: {
          tasks: v.pipeAsync(
            valibotTask,
            v.checkAsync(async () => true),
          ),
        },
      }).collections.tasks,
  ],
]

const failure = async (call: Promise<unknown>): Promise<SyncError> => {
  const error: unknown = await call.then(
    () => 'it was accepted',
    (thrown: unknown) => thrown,
  )
  if (!isSyncError(error, 'SYNC_INPUT_INVALID')) throw new Error(`no refusal: ${String(error)}`)
  return error
}

const whole: Task = { id: 'a', title: 'x', done: true, tags: ['t'], place: { room: 'hall' } }
const defaults = { done: false, tags: [], place: { room: 'none' } }
/** What types would not let through, as it comes from a form or a cast. */
const wrong = (value: object): never => value as never

describe.each(libraries)('a schema of %s', (_, open) => {
  it('fills its defaults into what is created, alone or with others', async () => {
    const tasks = open()
    expect(await tasks.create({ id: 'a', title: 'x' })).toEqual({ id: 'a', title: 'x', ...defaults })
    expect(
      await tasks.createMany([
        { id: 'b', title: 'y' },
        { id: 'c', title: 'z', done: true },
      ]),
    ).toEqual([
      { id: 'b', title: 'y', ...defaults },
      { id: 'c', title: 'z', ...defaults, done: true },
    ])
    expect(await tasks.readAll()).toHaveLength(3)
  })

  it('fills its defaults into what is saved and changed as a whole', async () => {
    const tasks = open()
    expect(await tasks.save(wrong({ id: 'a', title: 'x' }))).toEqual({ id: 'a', title: 'x', ...defaults })
    expect(await tasks.update('a', wrong({ done: undefined, tags: ['new'] }))).toEqual({
      ...{ id: 'a', title: 'x' },
      ...{ ...defaults, tags: ['new'] },
    })
  })

  const refusals: readonly (readonly [string, (tasks: Tasks) => Promise<unknown>, RegExp])[] = [
    ['create', (tasks) => tasks.create(wrong({ title: 1 })), /^tasks\.title: /],
    ['create of a refined field', (tasks) => tasks.create({ title: '' }), /^tasks\.title: /],
    [
      'create inside an object',
      (tasks) => tasks.create(wrong({ title: 'y', place: { room: 7 } })),
      /^tasks\.place\.room: /,
    ],
    ['create inside a list', (tasks) => tasks.create(wrong({ title: 'y', tags: ['a', 2] })), /^tasks\.tags\.1: /],
    ['createMany', (tasks) => tasks.createMany([{ title: 'y' }, wrong({ title: 'z', done: 'no' })]), /^tasks\.done: /],
    ['save', (tasks) => tasks.save({ ...whole, title: '' }), /^tasks\.title: /],
    ['update', (tasks) => tasks.update('a', wrong({ place: { room: null } })), /^tasks\.place\.room: /],
    [
      'update by a function',
      (tasks) =>
        tasks.update('a', (draft) => {
          draft.tags = wrong({ length: 1 })
        }),
      /^tasks\.tags: /,
    ],
  ]
  it.each(refusals)('refuses %s with the path of what is wrong, and nothing is stored', async (_name, write, path) => {
    const tasks = open()
    await tasks.create(whole)
    const { message } = await failure(write(tasks))
    expect(message).toMatch(path)
    expect(await tasks.readAll()).toEqual([whole])
  })

  it('names every field that is wrong', async () => {
    const { message, details } = await failure(open().create(wrong({ title: 1, done: 'no' })))
    expect(message).toContain('tasks.title: ')
    expect(message).toContain('tasks.done: ')
    expect(details['issues']).toHaveLength(2)
    expect(JSON.parse(JSON.stringify(details))).toEqual(details)
  })
})

describe('a schema that misbehaves', () => {
  const given = (validate: (value: unknown) => unknown) =>
    createSyncClient({
      collections: { tasks: { '~standard': { version: 1, vendor: 'test', validate: validate as never } } },
    }).collections.tasks as unknown as Tasks

  it.each<readonly [string, (value: unknown) => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('no such table')
      },
    ],
    [
      'rejects',
      async () => {
        throw new TypeError('no such table')
      },
    ],
    ['gives no result', () => undefined],
    ['gives something that is no record', () => ({ value: 7 })],
    [
      'tells of issues in a form of its own',
      () => ({ issues: [{ message: 'bad', path: [Symbol('x'), { key: 1 }, 'y'] }] }),
    ],
    ['tells of issues that are none', () => ({ issues: 'bad' })],
  ])('and %s refuses the write, typed, and stores nothing', async (_, validate) => {
    const tasks = given(validate)
    await failure(tasks.create({ title: 'x' }))
    await failure(tasks.createMany([{ title: 'x' }]))
    expect(await tasks.readAll()).toEqual([])
  })
})
