import { deflateRawSync } from 'node:zlib'
import { type Json, type LocalStore, memoryStore } from '@rowkeep/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressed } from '../../src/compressed/index.ts'
import { contents, put, within, write } from '../stored.ts'

const long = 'offline first '.repeat(500)

describe('compressed', () => {
  it('keeps large values in less, small ones as they are, and gives back both', async () => {
    const inner = memoryStore()
    const store = compressed(inner)
    await write(store, [put('large', { text: long }), put('small', { text: 'x' })])
    const stored = (await contents(inner)).values
    expect(stored['base/small']).toEqual({ text: 'x' })
    expect(String(stored['base/large'])).toMatch(/^z:/)
    expect(JSON.stringify(stored['base/large']).length).toBeLessThan(200)
    expect((await contents(store)).values).toEqual({ 'base/large': { text: long }, 'base/small': { text: 'x' } })
  })

  it('keeps as it is what would not become smaller', async () => {
    const inner = memoryStore()
    const noise = Buffer.from(crypto.getRandomValues(new Uint8Array(5000))).toString('base64')
    await write(compressed(inner), [put('noise', noise)])
    expect((await contents(inner)).values).toEqual({ 'base/noise': noise })
  })

  it('brings back any value, also text that looks compressed, under every threshold', async () => {
    const prefix = fc.constantFrom('z:', '=:', '=:z:', '=:=:', 'z:4:AAAA', 'z:')
    const text = fc.oneof(
      fc.tuple(prefix, fc.string()).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    )
    const value = fc.oneof(
      text,
      fc.jsonValue(),
      text.map((one) => one.repeat(50)),
    )
    const run = async (given: readonly unknown[], minBytes: number): Promise<void> => {
      const store = compressed(memoryStore(), { minBytes })
      await write(
        store,
        given.map((one, at) => put(`k${at}`, one as Json)),
      )
      const wanted = given.map((one, at) => [`base/k${at}`, JSON.parse(JSON.stringify(one))])
      expect((await contents(store)).values).toEqual(Object.fromEntries(wanted))
    }
    await fc.assert(fc.asyncProperty(fc.array(value, { maxLength: 6 }), fc.constantFrom(0, 10, 1024), run), {
      numRuns: 60,
    })
  })

  it('takes damage for broken entries with their text, and the others load', async () => {
    const deflated = (text: string): string => deflateRawSync(text).toString('base64')
    const damaged = {
      'no base64': 'z:5:***',
      'no length': 'z::AAAA',
      nothing: 'z:',
      'not deflated': 'z:5:AAAA',
      'cut short': `z:7:${deflated('"hello"').slice(0, 8)}`,
      'another length': `z:6:${deflated('"hello"')}`,
      'no JSON': `z:5:${deflated('hello')}`,
      'no UTF-8': `z:3:${deflateRawSync(Buffer.from([0x22, 0xff, 0x22])).toString('base64')}`,
    }
    const inner = memoryStore()
    await write(inner, [
      put('good', `z:7:${deflated('"hello"')}`),
      ...Object.entries(damaged).map(([key, value]) => put(key, value)),
    ])
    const { values, broken } = await contents(compressed(inner))
    expect(values).toEqual({ 'base/good': 'hello' })
    const wanted = Object.entries(damaged).map(([key, value]) => ({ table: 'base', key, raw: JSON.stringify(value) }))
    expect(broken).toEqual(wanted)
    await write(
      compressed(inner),
      Object.keys(damaged).map((key) => put(key, 1)),
    )
    expect((await contents(compressed(inner))).broken).toEqual([])
  })

  it('stops at what a value claims, and before it begins where that is more than a value may be', async () => {
    const bomb = deflateRawSync(Buffer.alloc(100_000_000, 0x20)).toString('base64')
    const inner = memoryStore()
    const { valueBytes } = inner.capabilities.limits
    const tooLarge = `z:${valueBytes + 1}:${deflateRawSync(JSON.stringify('x'.repeat(valueBytes - 1))).toString('base64')}`
    await write(inner, [put('lies', `z:10:${bomb}`), put('boasts', tooLarge), put('good', 1)])
    const before = process.memoryUsage().arrayBuffers
    const { values, broken } = await contents(compressed(inner))
    expect(values).toEqual({ 'base/good': 1 })
    expect(broken.map(({ key, raw }) => [key, raw.length])).toEqual([
      ['lies', 4096],
      ['boasts', 4096],
    ])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50_000_000)
  })

  it('takes values as they were at the call, and commits in the order of the calls', async () => {
    const store = compressed(memoryStore(), { minBytes: 0 })
    const value = { text: long }
    await within(store, async (open) => {
      const commits = [open.commit([put('a', value)], 0), open.commit([put('b', 1)], 1), open.commit([put('b', 2)], 2)]
      value.text = 'changed'
      expect(await Promise.all(commits)).toEqual([1, 2, 3])
    })
    expect((await contents(store)).values).toEqual({ 'base/a': { text: long }, 'base/b': 2 })
  })

  it('has limits that the inner store keeps, also for text that must be escaped', async () => {
    const inner = memoryStore()
    const small: LocalStore = {
      ...inner,
      capabilities: { ...inner.capabilities, limits: { valueBytes: 100, commitBytes: 1000 } },
    }
    const store = compressed(small)
    const { valueBytes } = store.capabilities.limits
    await write(store, [put('a', 'z:'.padEnd(valueBytes - 2, 'x'))])
    expect(JSON.stringify((await contents(inner)).values['base/a']).length).toBe(100)
    const more = write(store, [put('a', 'x'.repeat(valueBytes - 1))])
    await expect(more).rejects.toMatchObject({ code: 'SYNC_TOO_LARGE' })
  })

  it.each([
    [{ minBytes: -1 }, 'minBytes'],
    [{ minBytes: 1.5 }, 'minBytes'],
    [{ level: 9 }, 'no option "level"'],
    [null, 'options must be'],
  ])('refuses %o', (options, why) => {
    expect(() => compressed(memoryStore(), options as never)).toThrow(why)
    expect(() => compressed(memoryStore(), options as never)).toThrow('[SYNC_CONFIG_INVALID]')
    expect(() => compressed({} as never)).toThrow('must be a store')
  })
})
