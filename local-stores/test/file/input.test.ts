import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Json, platformEnv, type StoreEntry } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { type FileStoreOptions, fileStore } from '../../src/file/index.ts'
import { freshFolder, heldBy, NAMESPACE, openOn, put } from './helpers.ts'

const cycle: { self?: unknown } = {}
cycle.self = cycle

describe('a value', () => {
  test.each<[string, unknown]>([
    ['a function', () => 1],
    ['a BigInt', 1n],
    ['a symbol', Symbol('s')],
    ['NaN', Number.NaN],
    ['an infinite number', { n: Number.POSITIVE_INFINITY }],
    ['undefined inside', { a: undefined }],
    ['a hole in a list', new Array(2)],
    ['a date', new Date(0)],
    ['a Map', new Map()],
    ['a cycle', cycle],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no')
          },
        },
      ),
    ],
  ])('that is no JSON (%s) is refused with SYNC_INPUT_INVALID, and nothing is written', async (_, value) => {
    const directory = await freshFolder()
    const open = await openOn(fileStore({ directory }))
    const before = await readFile(join(directory, NAMESPACE, 'journal'))
    const entries = [put('base', 'good', 1), put('op', 'bad', value as Json)]
    await expect(open.commit(entries, 0)).rejects.toMatchObject({
      code: 'SYNC_INPUT_INVALID',
      message: expect.stringContaining('op/bad'),
    })
    expect(await readFile(join(directory, NAMESPACE, 'journal'))).toEqual(before)
    expect(await open.commit([put('base', 'good', 1)], 0)).toBe(1)
    await open.close()
  })

  test('is taken at the limit, and refused with SYNC_TOO_LARGE above it', async () => {
    const store = fileStore({ directory: await freshFolder(), fsync: 'never' })
    const { valueBytes, commitBytes } = store.capabilities.limits
    const open = await openOn(store)
    const largest = 'x'.repeat(valueBytes - 2)
    expect(await open.commit([put('base', 'k', largest)], 0)).toBe(1)
    await expect(open.commit([put('base', 'k', `${largest}x`)], 1)).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
    const many = Array.from({ length: commitBytes / valueBytes + 1 }, (_, index) => put('base', `k${index}`, largest))
    await expect(open.commit(many, 1)).rejects.toMatchObject({
      code: 'SYNC_TOO_LARGE',
      details: { limit: commitBytes },
    })
    expect(Object.keys((await heldBy(open)).values)).toEqual(['base/k'])
    await open.close()
  })

  test('changed after the call is stored as it was at the call', async () => {
    const open = await openOn(fileStore({ directory: await freshFolder() }))
    const value = { n: 1 }
    const done = open.commit([put('base', 'k', value)], 0)
    value.n = 2
    await done
    expect((await heldBy(open)).values).toEqual({ 'base/k': { n: 1 } })
    await open.close()
  })
})

describe('an entry', () => {
  test.each<[string, StoreEntry]>([
    ['an unknown table', { table: 'rows' as 'base', key: 'k', value: 1 }],
    ['an empty key', put('base', '', 1)],
    ['a key that is not ASCII', put('base', 'é', 1)],
    ['a key of 1025 bytes', put('base', 'k'.repeat(1025), 1)],
  ])('with %s is refused with SYNC_INPUT_INVALID', async (_, entry) => {
    const open = await openOn(fileStore({ directory: await freshFolder() }))
    await expect(open.commit([entry], 0)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
    await open.close()
  })
})

describe('a namespace', () => {
  test.each(['', '.', '..', '../up', 'a/b', 'A', 'é', 'a'.repeat(65), 'a\0b'])(
    '%j is refused by open and destroy',
    async (namespace) => {
      const directory = await freshFolder()
      const store = fileStore({ directory })
      await expect(openOn(store, namespace)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      await expect(store.destroy(namespace)).rejects.toMatchObject({ code: 'SYNC_INPUT_INVALID' })
      expect(await readdir(directory)).toEqual([])
    },
  )
})

describe('an option', () => {
  test.each<[string, object]>([
    ['directory', { directory: '' }],
    ['fsync', { directory: 'd', fsync: 'sometimes' }],
    ['compactAfterBytes', { directory: 'd', compactAfterBytes: 0 }],
    ['reserveBytes', { directory: 'd', reserveBytes: -1 }],
    ['salvage', { directory: 'd', salvage: 'yes' }],
    ['fsnc', { directory: 'd', fsnc: 'never' }],
    ['directory', undefined as never],
  ])(
    '%s that is missing, misspelt or out of its range is refused with SYNC_CONFIG_INVALID naming it',
    (name, options) => {
      expect(() => fileStore(options as FileStoreOptions)).toThrow(
        expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(`"${name}"`) }),
      )
    },
  )
})

describe('a directory', () => {
  test('that is a file, or lies in one, is SYNC_STORE_UNAVAILABLE', async () => {
    const directory = await freshFolder()
    await writeFile(join(directory, 'file'), '')
    for (const path of [join(directory, 'file'), join(directory, 'file', 'below')]) {
      await expect(openOn(fileStore({ directory: path }))).rejects.toMatchObject({ code: 'SYNC_STORE_UNAVAILABLE' })
    }
  })

  test('whose namespace is a file is SYNC_STORE_UNAVAILABLE', async () => {
    const directory = await freshFolder()
    await writeFile(join(directory, NAMESPACE), '')
    await expect(openOn(fileStore({ directory }))).rejects.toMatchObject({ code: 'SYNC_STORE_UNAVAILABLE' })
  })

  test('whose journal is a folder is SYNC_STORE_UNAVAILABLE, and stays lockable', async () => {
    const directory = await freshFolder()
    await mkdir(join(directory, NAMESPACE, 'journal'), { recursive: true })
    for (let tries = 0; tries < 2; tries += 1) {
      await expect(openOn(fileStore({ directory }))).rejects.toMatchObject({ code: 'SYNC_STORE_UNAVAILABLE' })
    }
    expect(await readdir(join(directory, NAMESPACE))).toEqual(['journal'])
  })

  test.runIf(process.platform === 'linux')('that nobody may write to is SYNC_STORE_UNAVAILABLE', async () => {
    await expect(openOn(fileStore({ directory: '/proc/rowkeep' }))).rejects.toMatchObject({
      code: 'SYNC_STORE_UNAVAILABLE',
      message: expect.stringContaining('/proc/rowkeep'),
    })
  })
})

describe('durability', () => {
  test('is strict with fsync always and relaxed with never; asking for more fails', async () => {
    const directory = await freshFolder()
    const strict = await fileStore({ directory }).open({ namespace: 'a', durability: 'strict', env: platformEnv })
    expect(strict.durability).toBe('strict')
    await strict.close()
    const store = fileStore({ directory, fsync: 'never' })
    expect(store.capabilities.durability).toBe('relaxed')
    const asked = store.open({ namespace: 'a', durability: 'strict', env: platformEnv })
    await expect(asked).rejects.toMatchObject({ code: 'SYNC_STORE_DURABILITY' })
    const relaxed = await store.open({ namespace: 'a', durability: 'none', env: platformEnv })
    expect(relaxed.durability).toBe('relaxed')
    await relaxed.close()
  })
})
