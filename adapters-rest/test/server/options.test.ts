import { describe, expect, test } from 'vitest'
import { type PostgresOptions, postgresStorage } from '../../src/postgres/index.ts'
import { type SyncHandlerOptions, syncHandler } from '../../src/server/index.ts'
import { recorder } from './calls.ts'

const refusal = (why: RegExp): unknown =>
  expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringMatching(why) })

const right = { storage: recorder(), authenticate: () => 'ada', collections: ['notes'] }

describe('syncHandler', () => {
  test.each<[unknown, RegExp]>([
    [undefined, /syncHandler: options must be an object with storage, authenticate, collections/],
    [
      {},
      /storage must have pull\(\) and push\(\), like postgresStorage\(\{ sql: new Pool\(\{ connectionString \}\) \}\)/,
    ],
    [{ ...right, storage: 1 }, /storage must have pull/],
    [{ ...right, storage: null }, /storage must have pull/],
    [{ ...right, storage: { pull: () => undefined } }, /storage must have pull/],
    [{ storage: recorder(), collections: ['notes'] }, /authenticate must be a function/],
    [{ storage: recorder(), authenticate: () => 'ada' }, /collections must be a list of names/],
    [{ ...right, collections: 'notes' }, /collections must be a list of names/],
    [{ ...right, collections: [1] }, /collections must list names/],
    [{ ...right, collections: [] }, /collections must list names/],
    [{ ...right, report: 'log' }, /report must be a function/],
    [{ ...right, basepath: '/x' }, /options have no "basepath", only storage, .*basePath/],
  ])('refuses %o', (options, why) => {
    expect(() => syncHandler(options as SyncHandlerOptions)).toThrow(refusal(why))
  })

  test('takes a storage of a class of its own', () => {
    class Storage {
      readonly #inner = recorder()
      readonly pull = this.#inner.pull
      push = this.#inner.push
    }
    expect(syncHandler({ ...right, storage: new Storage() })).toBeTypeOf('function')
  })
})

describe('postgresStorage', () => {
  const database = 'postgres://ada:hunter2@localhost/app'

  test.each<[unknown, RegExp]>([
    [undefined, /postgresStorage: options must be an object with sql, schema, recordBytes/],
    [{}, /sql must have query\(\), like new Pool\(\{ connectionString \}\) of pg/],
    [{ sql: database }, /sql must have query/],
    [{ sql: null }, /sql must have query/],
    [{ sql: { query: 'select' } }, /sql must have query/],
    [{ sql: Promise.resolve({ query: () => undefined }) }, /await pgliteSql/],
    [{ sql: { query: () => undefined }, recordBytes: 0 }, /recordBytes must be a whole number/],
    [{ connectionString: database }, /options have no "connectionString", only sql, schema, recordBytes/],
  ])('refuses %o, and quotes no password', (options, why) => {
    expect(() => postgresStorage(options as PostgresOptions)).toThrow(refusal(why))
    expect(() => postgresStorage(options as PostgresOptions)).not.toThrow(/hunter2/)
  })
})
