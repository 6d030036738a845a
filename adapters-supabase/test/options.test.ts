import { describe, expect, it } from 'vitest'
import { type PlainOptions, plainTables, type SupabaseOptions, supabaseAdapter } from '../src/index.ts'
import { type KitOptions, syncKit } from '../src/kit/index.ts'
import { supabaseDouble } from '../src/testing/index.ts'
import { bench } from './support.ts'

const { client } = bench(supabaseDouble())

describe('supabaseAdapter', () => {
  it.each([
    ['session', { session: 'token' }],
    ['profile', { profile: {} }],
    ['tables', { tables: {} }],
  ])('refuses %s as it should not be, and names it', (name, options) => {
    expect(() => supabaseAdapter(client, options as unknown as SupabaseOptions)).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(name) }),
    )
  })

  it.each([[undefined], [{}], ['https://x.supabase.co']])('refuses %j as a client', (given) => {
    expect(() => supabaseAdapter(given as never)).toThrow(expect.objectContaining({ code: 'SYNC_CONFIG_INVALID' }))
  })

  it('alone takes plain tables', () => {
    const { name, capabilities } = supabaseAdapter(client)
    expect(name).toBe('supabase-plain')
    expect(capabilities).toMatchObject({ conditional: 'cas', deletes: 'none', feed: 'timestamp-overlap' })
  })
})

describe('plainTables', () => {
  it.each<[string, object]>([
    ['colour', { colour: 'red' }],
    ['id', { id: 'a b' }],
    ['updatedAt', { updatedAt: 'order' }],
    ['deleted', { deleted: 5 }],
    ['version', { version: 'version' }],
    ['hidden', { hidden: 'user_id' }],
    ['hidden', { hidden: ['a->b'] }],
    ['"id"', { hidden: ['id'] }],
    ['collections.a.table', { collections: { a: { table: 'a/b' } } }],
    ['overlapMs', { overlapMs: -1 }],
    ['sweepMs', { sweepMs: Number.NaN }],
    ['limits.rows', { limits: { rows: 5 } }],
    ['limits.pageRows', { limits: { pageRows: 0 } }],
  ])('refuses %s as it should not be, and names it', (name, options) => {
    expect(() => plainTables(options as PlainOptions)).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(name) }),
    )
  })

  it('finds the table of a collection by its option, else by its name', () => {
    const profile = plainTables({ collections: { notes: { table: 'memos' } }, schema: 'app' })
    const table = (collection: string) => profile.sourceOf({ id: 'f', collections: [collection] }, 'ada')
    expect(table('notes')).toEqual({ kind: 'postgres_changes', schema: 'app', table: 'memos' })
    expect(table('constructor')).toMatchObject({ table: 'constructor' })
  })
})

describe('syncKit', () => {
  it.each<[string, object]>([
    ['colour', { colour: 'red' }],
    ['Sync Kit', { name: 'Sync Kit' }],
    ['limits.operations', { limits: { operations: 0.5 } }],
  ])('refuses %s', (name, options) => {
    expect(() => syncKit(options as KitOptions)).toThrow(
      expect.objectContaining({ code: 'SYNC_CONFIG_INVALID', message: expect.stringContaining(name) }),
    )
  })
})
