import { deleteApp, initializeApp } from 'firebase/app'
import { getFirestore } from 'firebase/firestore/lite'
import { afterAll, describe, expect, it } from 'vitest'
import { epochOf } from '../src/epoch.ts'
import { type FirestoreOptions, firestoreAdapter } from '../src/index.ts'
import { pathsWith } from '../src/paths.ts'
import { bench, contextOf, creation, notes } from './bench.ts'

const app = initializeApp({ projectId: 'demo-options' }, 'options')
const firestore = getFirestore(app)
afterAll(() => deleteApp(app))
const good: FirestoreOptions = { firestore, user: () => 'ada' }

const wrong: readonly (readonly [name: string, options: object])[] = [
  ['firestore', { firestore: undefined }],
  ['firestore', { firestore: {} }],
  ['firebase/firestore/lite', { firestore: { type: 'firestore' } }],
  ['user', { user: undefined }],
  ['user', { user: 'ada' }],
  ['collections.tasks.path', { collections: { tasks: { path: 'tasks' } } }],
  ['mutations', { mutations: 'users/ada/mutations' }],
  ['live', { live: {} }],
  ['live', { live: null }],
  ['overlapMs', { overlapMs: -1 }],
  ['overlapMs', { overlapMs: 1.5 }],
  ['opIdMemoryMs', { opIdMemoryMs: '90' }],
  ['monotonicNow', { monotonicNow: 5 }],
  ['overlapMS', { overlapMS: 5 }],
  ['collections', { collections: ['tasks'] }],
  ['collections', { collections: 'tasks' }],
  ['collections', { collections: null }],
  ['collections.tasks', { collections: { tasks: null } }],
  ['collections.tasks has no "pth"', { collections: { tasks: { pth: () => 'tasks' } } }],
]

describe('options', () => {
  it.each(wrong)('a wrong %s is refused by name', (name, options) => {
    expect(() => firestoreAdapter({ ...good, ...options })).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(name) }),
    )
  })

  it.each([undefined, null, 5, 'ada', []])('that are none are refused as such: %j', (options) => {
    expect(() => firestoreAdapter(options as never)).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining('{ firestore, user }') }),
    )
  })

  it('without `live` there is no subscribe, and nothing to settle', () => {
    const adapter = firestoreAdapter({ ...good, opIdMemoryMs: 5, overlapMs: 7 })
    expect('subscribe' in adapter).toBe(false)
    expect(adapter.capabilities).toMatchObject({ live: 'none', limits: { settleMs: 0, opIdMemoryMs: 5 } })
    const live = { subscribe: () => () => undefined }
    expect(firestoreAdapter({ ...good, live, overlapMs: 7 }).capabilities).toMatchObject({
      live: 'data',
      limits: { settleMs: 7, opIdMemoryMs: 90 * 86_400_000 },
    })
  })

  it('refresh is true while the user of the call is signed in', async () => {
    let user: string | null = 'ada'
    const adapter = firestoreAdapter({ firestore, user: () => user })
    expect(await adapter.refresh(contextOf('ada'))).toBe(true)
    expect(await adapter.refresh(contextOf('bob'))).toBe(false)
    user = null
    expect(await adapter.refresh(contextOf('ada'))).toBe(false)
  })
})

describe('paths', () => {
  it('are below the user, escaped', () => {
    const paths = pathsWith()
    expect(paths.records('tasks', 'ada')).toBe('users/ada/tasks')
    expect(paths.mutations('ada')).toBe('users/ada/mutations')
    expect(paths.records('a/b', '../eve')).toBe('users/..%2Feve/a%2Fb')
    expect(paths.records('__proto__', '..')).toBe('users/%2E./%5F_proto__')
  })

  it('are what the app says', async () => {
    const at = await bench({
      collections: { notes: { path: (user) => `users/${user}/tasks` } },
      mutations: (user) => `users/${user}/mutations`,
    })
    await at.ada.push({ operations: [creation({ id: 'n1' })], atomic: false }, contextOf())
    expect(await at.double.rows('tasks')).toEqual([{ id: 'n1' }])
    expect((await at.run()).changes).toMatchObject([{ collection: 'notes', id: 'n1' }])
  })

  it.each(['', 'users/ada', '/tasks', 'users//tasks', 5])('that name no collection are refused: %j', async (path) => {
    const { ada } = await bench({ collections: { notes: { path: () => path as string } } })
    const wrongPath = { code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining('collections.notes.path') }
    await expect(ada.pull({ feed: notes, cursor: null, limit: 1 }, contextOf())).rejects.toMatchObject(wrongPath)
    await expect(ada.push({ operations: [creation({ id: 'n1' })], atomic: false }, contextOf())).rejects.toMatchObject(
      wrongPath,
    )
  })

  it('of records and marks are kept apart', () => {
    expect(() => pathsWith().records('mutations', 'ada')).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }),
    )
    expect(pathsWith({}, (user) => `users/${user}/done`).records('mutations', 'ada')).toBe('users/ada/mutations')
  })
})

it('the epoch tells host, project, database and path', () => {
  expect(epochOf(firestore, 'users/ada/tasks')).toBe('firestore.googleapis.com/demo-options/(default)/users/ada/tasks')
})
