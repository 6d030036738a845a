import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app'
import type { Firestore } from 'firebase/firestore'
import * as lite from 'firebase/firestore/lite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type FirestoreDouble, firestoreDouble } from '../../src/testing/index.ts'
import { browserBuild } from '../browser-build.ts'
import { eventually } from '../eventually.ts'
import { type Served, serve } from '../served.ts'

const full = await browserBuild()
for (const quiet of [lite.setLogLevel, full.setLogLevel]) quiet('silent')

let app: FirebaseApp
let double: FirestoreDouble
let served: Served
let count = 0

/** Databases of the official SDKs, signed in by this token. */
function databases(mockUserToken = 'owner'): { readonly small: lite.Firestore; readonly large: Firestore } {
  count += 1
  app = initializeApp({ projectId: 'demo-sdk', apiKey: 'key' }, `sdk ${count}`)
  const port = Number(new URL(served.origin).port)
  const small = lite.initializeFirestore(app, {})
  lite.connectFirestoreEmulator(small, '127.0.0.1', port, { mockUserToken })
  const large = full.initializeFirestore(app, {})
  full.connectFirestoreEmulator(large, '127.0.0.1', port, { mockUserToken })
  return { small, large }
}

beforeEach(async () => {
  double = firestoreDouble()
  served = await serve(double)
})
afterEach(async () => {
  await deleteApp(app)
  await served.close()
})

describe('the lite SDK', () => {
  it('writes, reads, counts and deletes', async () => {
    const { small } = databases()
    const one = lite.doc(small, 'c/a')
    await lite.setDoc(one, { n: 1, 'a.b': [{ x: null }], at: lite.serverTimestamp(), big: 2 ** 60, zero: -0 })
    await lite.updateDoc(one, { n: lite.increment(2), list: lite.arrayUnion('x', 'x') })
    const { at, ...data } = (await lite.getDoc(one)).data() ?? {}
    expect(data).toEqual({ n: 3, 'a.b': [{ x: null }], list: ['x'], big: 2 ** 60, zero: -0 })
    expect(at).toBeInstanceOf(lite.Timestamp)
    expect((await lite.getCount(lite.collection(small, 'c'))).data()).toEqual({ count: 1 })
    await lite.deleteDoc(one)
    expect((await lite.getDoc(one)).exists()).toBe(false)
    await expect(lite.updateDoc(one, { n: 1 })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('pages through a query', async () => {
    const { small } = databases()
    const numbers = Array.from({ length: 7 }, (_, n) => n)
    const batch = lite.writeBatch(small)
    for (const n of numbers) batch.set(lite.doc(small, `c/${n}`), { n, even: n % 2 === 0 })
    await batch.commit()
    const found: number[] = []
    const order = lite.orderBy('n', 'desc')
    for (let last: lite.QueryDocumentSnapshot | undefined; ; ) {
      const behind = last ? [lite.startAfter(last)] : []
      const { docs } = await lite.getDocs(lite.query(lite.collection(small, 'c'), order, ...behind, lite.limit(3)))
      found.push(...docs.map((one) => Number(one.get('n'))))
      last = docs.at(-1)
      if (docs.length < 3) break
    }
    expect(found).toEqual([...numbers].reverse())
    const even = lite.query(lite.collection(small, 'c'), lite.where('even', '==', true), lite.where('n', '>', 1))
    expect((await lite.getDocs(even)).docs.map((one) => one.id)).toEqual(['2', '4', '6'])
  })

  it('repeats a transaction whose reads have changed', async () => {
    const { small } = databases()
    const one = lite.doc(small, 'c/a')
    await lite.setDoc(one, { n: 1 })
    let tries = 0
    await lite.runTransaction(small, async (transaction) => {
      tries += 1
      const n = Number((await transaction.get(one)).get('n'))
      if (tries === 1) await lite.setDoc(one, { n: 10 })
      transaction.update(one, { n: n + 1 })
    })
    expect([tries, (await lite.getDoc(one)).get('n')]).toEqual([2, 11])
  })

  it('is refused by the rules', async () => {
    const { small } = databases('token-of-bob')
    await expect(lite.getDoc(lite.doc(small, 'users/ada/notes/n1'))).rejects.toMatchObject({
      code: 'permission-denied',
    })
    await deleteApp(app)
    const stranger = databases('token-of-nobody').small
    await expect(lite.getDoc(lite.doc(stranger, 'users/ada/notes/n1'))).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })
})

describe('the full SDK', () => {
  it('hears what enters, changes in and leaves a query, limits included', async () => {
    const { large, small } = databases()
    const seen: string[] = []
    const wanted = full.query(full.collection(large, 'c'), full.where('n', '>', 0), full.orderBy('n'), full.limit(2))
    const end = full.onSnapshot(wanted, ({ docs }) => seen.push(docs.map((one) => `${one.id}${one.get('n')}`).join()))
    await eventually(() => seen.at(-1)).toBe('')
    const set = (id: string, n: number): Promise<void> => lite.setDoc(lite.doc(small, 'c', id), { n })
    await set('b', 5)
    await eventually(() => seen.at(-1)).toBe('b5')
    await set('c', 7)
    await set('a', 1)
    await eventually(() => seen.at(-1)).toBe('a1,b5')
    await set('a', 0)
    await eventually(() => seen.at(-1)).toBe('b5,c7')
    await lite.deleteDoc(lite.doc(small, 'c/b'))
    await eventually(() => seen.at(-1)).toBe('c7')
    end()
  })

  it('hears of one document, there or not', async () => {
    const { large, small } = databases()
    const seen: unknown[] = []
    const end = full.onSnapshot(full.doc(large, 'c/a'), (one) => seen.push(one.exists() ? one.get('n') : 'none'))
    await eventually(() => seen.at(-1)).toBe('none')
    await lite.setDoc(lite.doc(small, 'c/a'), { n: 1 })
    await eventually(() => seen.at(-1)).toBe(1)
    await lite.deleteDoc(lite.doc(small, 'c/a'))
    await eventually(() => seen.at(-1)).toBe('none')
    end()
  })

  it('writes, alone and in batches, and is told of refusals', async () => {
    const { large } = databases('token-of-ada')
    const one = full.doc(large, 'users/ada/notes/n1')
    const stamp = { _changedAt: full.serverTimestamp(), _deleted: false }
    await full.setDoc(one, { _rev: 1, ...stamp, title: 'one' })
    const batch = full.writeBatch(large)
    batch.update(one, { _rev: 2, ...stamp, title: 'two' })
    batch.set(full.doc(large, 'users/ada/notes/n2'), { _rev: 1, ...stamp })
    await batch.commit()
    expect(await double.rows('notes')).toEqual([{ title: 'two' }, {}])
    await expect(full.setDoc(one, { _rev: 9 })).rejects.toMatchObject({ code: 'permission-denied' })
    await full.updateDoc(one, { _rev: 3, ...stamp, title: 'three' })
    expect((await full.getDocFromServer(one)).get('title')).toBe('three')
  })

  it('keeps writes while it is offline, and sends them then', async () => {
    const { large, small } = databases()
    await full.disableNetwork(large)
    const written = full.setDoc(full.doc(large, 'c/a'), { n: 1 })
    expect((await lite.getDoc(lite.doc(small, 'c/a'))).exists()).toBe(false)
    await full.enableNetwork(large)
    await written
    expect((await lite.getDoc(lite.doc(small, 'c/a'))).get('n')).toBe(1)
  })

  it('catches up after a break, with what was taken away meanwhile', async () => {
    const { large, small } = databases()
    for (const id of ['a', 'b', 'c']) await lite.setDoc(lite.doc(small, 'c', id), { id })
    const seen: string[] = []
    const end = full.onSnapshot(full.collection(large, 'c'), { includeMetadataChanges: true }, ({ docs, metadata }) => {
      if (!metadata.fromCache) seen.push(docs.map((one) => one.id).join())
    })
    await eventually(() => seen.at(-1)).toBe('a,b,c')
    await full.disableNetwork(large)
    await lite.deleteDoc(lite.doc(small, 'c/b'))
    await lite.setDoc(lite.doc(small, 'c/d'), { id: 'd' })
    await full.enableNetwork(large)
    await eventually(() => seen.at(-1)).toBe('a,c,d')
    end()
  })

  it('is refused by the rules', async () => {
    const { large } = databases('token-of-bob')
    const codes: string[] = []
    full.onSnapshot(
      full.collection(large, 'users/ada/notes'),
      () => codes.push('heard'),
      (error) => codes.push(error.code),
    )
    await eventually(() => codes).toEqual(['permission-denied'])
  })
})
