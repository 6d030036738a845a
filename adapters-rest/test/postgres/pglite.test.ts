import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pgliteSql, postgresStorage } from '../../src/postgres/index.ts'
import { create, pullAll, pushOne } from './operations.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rowkeep-pglite-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

it('keeps everything in its folder, made if absent, from one process to the next', async () => {
  const folder = join(directory, 'not', 'there', 'yet')
  const one = create('a', { n: 1 })
  const before = await pgliteSql(folder)
  await pushOne(postgresStorage({ sql: before }), 'ada', one)
  const { cursor } = await pullAll(postgresStorage({ sql: before }), 'ada')
  await before.close()

  const after = await pgliteSql(folder)
  const storage = postgresStorage({ sql: after })
  expect(await pushOne(storage, 'ada', { ...one, resend: true })).toMatchObject({
    kind: 'applied',
    row: { revision: '1' },
  })
  expect((await pullAll(storage, 'ada', { cursor })).changes).toEqual([])
  await after.close()
}, 60_000)

it('says that a folder cannot be used', async () => {
  const file = join(directory, 'file')
  await writeFile(file, '')
  await expect(pgliteSql(join(file, 'data'))).rejects.toMatchObject({ code: 'SYNC_STORE_UNAVAILABLE' })
})
