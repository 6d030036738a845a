import type { OpenStore } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { heldBy, NAMESPACE, openOn, put } from '../file/helpers.ts'
import { abortAt, cutAt, hang, loseAnswer, patch } from './faults.ts'
import { databaseOf, freshName, heldTimers, rawConnection, smallStore } from './helpers.ts'

const entries = [put('base', 'a', 1), put('op', 'b', 2), put('meta', 'c', 3), put('op', 'never', undefined)]
const values = { 'base/a': 1, 'op/b': 2, 'meta/c': 3 }
const code = (name: string) => ({ code: name })

async function loadOf(open: OpenStore): Promise<void> {
  await heldBy(open)
}

describe('a commit that the browser aborts', () => {
  test.each([
    ['QuotaExceededError', 'SYNC_STORE_FULL'],
    [null, 'SYNC_STORE_FULL'],
    ['UnknownError', 'SYNC_STORE_FAILED'],
    ['DataError', 'SYNC_STORE_FAILED'],
  ])('for %s is %s, without effect, and the store goes on', async (why, wanted) => {
    const open = await openOn(smallStore())
    await open.commit(entries, 0)
    const { restore } = abortAt(2, why)
    await expect(open.commit([put('base', 'a', 9), put('op', 'b', undefined)], 1)).rejects.toMatchObject(code(wanted))
    restore()
    expect(await heldBy(open)).toEqual({ head: 1, values, broken: {} })
    expect(await open.commit([put('op', 'b', undefined)], 1)).toBe(2)
    await open.close()
  })
})

describe('a connection that the browser closes', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])(
    'at request %i of a commit is opened again, and the commit is there once [F54]',
    async (at) => {
      const open = await openOn(smallStore())
      cutAt(at)
      expect(await open.commit(entries, 0)).toBe(1)
      expect(await heldBy(open)).toEqual({ head: 1, values, broken: {} })
      expect(await open.commit([], 1)).toBe(2)
      await open.close()
    },
  )

  test('between two calls is opened again', async () => {
    const open = await openOn(smallStore())
    cutAt(1)
    await open.commit(entries, 0)
    cutAt(1)
    await open.commit([put('base', 'a', undefined)], 1)
    expect((await heldBy(open)).values).toEqual({ 'op/b': 2, 'meta/c': 3 })
    await open.close()
  })

  test('after a commit took effect and before it said so does not make it stale, nor happen twice [F54]', async () => {
    const open = await openOn(smallStore())
    loseAnswer()
    expect(await open.commit(entries, 0)).toBe(1)
    expect(await heldBy(open)).toEqual({ head: 1, values, broken: {} })
    await expect(open.commit(entries, 0)).rejects.toMatchObject(code('SYNC_STORE_STALE'))
    await open.close()
  })

  test('twice in a row is SYNC_STORE_FAILED, without effect, and the next call tries again', async () => {
    const open = await openOn(smallStore())
    cutAt(1, 2)
    await expect(open.commit(entries, 0)).rejects.toMatchObject(code('SYNC_STORE_FAILED'))
    expect(await heldBy(open)).toEqual({ head: 0, values: {}, broken: {} })
    expect(await open.commit(entries, 0)).toBe(1)
    await open.close()
  })
})

describe('a transaction that hangs', () => {
  test('is taken back after timeoutMs: SYNC_STORE_FAILED, and the store goes on [F56]', async () => {
    const { env, end } = heldTimers()
    const open = await smallStore({ name: freshName(), timeoutMs: 700 }).open({
      namespace: NAMESPACE,
      durability: 'none',
      env,
    })
    const release = hang('readwrite')
    const commit = open.commit(entries, 0)
    const refused = expect(commit).rejects.toMatchObject(code('SYNC_STORE_FAILED'))
    await end(700)
    await refused
    release()
    expect(await open.commit(entries, 0)).toBe(1)
    expect((await heldBy(open)).values).toEqual(values)
    await open.close()
  })

  test('and does not let itself be aborted is SYNC_STORE_BROKEN, now and later; close() does not wait for it', async () => {
    const { env, end } = heldTimers()
    const open = await smallStore({ name: freshName(), timeoutMs: 700 }).open({
      namespace: NAMESPACE,
      durability: 'none',
      env,
    })
    hang('readwrite')
    patch(IDBTransaction.prototype, 'abort', () => () => undefined)
    const refused = expect(open.commit(entries, 0)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    await end(700)
    await end(1000)
    await refused
    await expect(open.commit(entries, 0)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    await expect(loadOf(open)).rejects.toMatchObject(code('SYNC_STORE_BROKEN'))
    await open.close()
  })

  test('while it reads is SYNC_STORE_FAILED', async () => {
    const { env, end } = heldTimers()
    const open = await smallStore({ name: freshName(), timeoutMs: 700 }).open({
      namespace: NAMESPACE,
      durability: 'none',
      env,
    })
    hang('readonly')
    patch(IDBTransaction.prototype, 'abort', () => () => undefined)
    const refused = expect(loadOf(open)).rejects.toMatchObject(code('SYNC_STORE_FAILED'))
    await end(700)
    await end(1000)
    await refused
    await open.close()
  })

  test('while the namespace is opened is SYNC_STORE_BLOCKED', async () => {
    const { env, end } = heldTimers()
    const release = hang('readonly')
    const name = freshName()
    const opening = smallStore({ name }).open({ namespace: NAMESPACE, durability: 'none', env })
    const refused = expect(opening).rejects.toMatchObject(code('SYNC_STORE_BLOCKED'))
    await rawConnection(databaseOf(name))
    await end(4000)
    await refused
    release()
  })
})
