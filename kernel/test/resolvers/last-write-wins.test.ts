import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/index.ts'
import { lastWriteWins } from '../../src/resolvers/index.ts'

const now = Date.parse('2027-01-15T08:00:00Z')
const clock = { by: 'at', now: () => now }
const minutes = (count: number): number => now + count * 60_000
const text = (count: number): string => new Date(minutes(count)).toISOString()

const decide = (mine: unknown, theirs: unknown, more: object = {}) => {
  const side = (at: unknown, title: string): JsonObject =>
    ({ id: 'a', title, ...(at === undefined ? {} : { at }) }) as never
  return lastWriteWins({ ...clock, ...more })({
    base: side(minutes(-60), 'base'),
    local: side(mine, 'mine'),
    remote: side(theirs, 'theirs'),
    fields: ['title', 'at'],
  })
}

describe('lastWriteWins by a field', () => {
  it.each([
    ['ms', minutes(-1), minutes(-2), 'local'],
    ['ms', minutes(-2), minutes(-1), 'remote'],
    ['ISO text', text(-1), text(-2), 'local'],
    ['ISO text', text(-2), text(-1), 'remote'],
    ['ISO text of other zones', '2027-01-15T08:59:00+02:00', '2027-01-15T07:00:00Z', 'remote'],
    ['parts of a millisecond', '2027-01-15T07:00:00.123457Z', '2027-01-15T07:00:00.123456Z', 'local'],
    ['parts of a millisecond', '2027-01-15T07:00:00.123Z', '2027-01-15T07:00:00.1231Z', 'remote'],
    ['different kinds', minutes(-1), text(-2), 'local'],
    ['hybrid stamps', '0194e1a6c000-0001-00000000000000aa', '0194e1a6c000-0000-00000000000000ff', 'local'],
    ['hybrid stamps, by node', '0194e1a6c000-0001-00000000000000aa', '0194e1a6c000-0001-00000000000000ff', 'remote'],
    ['hybrid stamps, by node', '0194e1a6c000-0001-00000000000000ff', '0194e1a6c000-0001-00000000000000aa', 'local'],
  ])('takes the later of two stamps: %s', (_, mine, theirs, winner) => {
    expect(decide(mine, theirs)).toBe(winner)
  })

  it.each([
    ['absent', undefined],
    ['null', null],
    ['text that is none', 'yesterday'],
    ['a day without a time', '2027-01-15'],
    ['a time without a zone', '2027-01-15T07:59:00'],
    ['a date that is none', '2027-13-45T07:59:00Z'],
    ['negative', -1],
    ['an object', { ms: 5 }],
    ['true', true],
    ['more than 5 min ahead', minutes(6)],
    ['far ahead', text(60 * 24 * 365)],
    ['far ahead, hybrid', 'ffffffffffff-ffff-ffffffffffffffff'],
  ])('does not believe a stamp that is %s', (_, bad) => {
    expect(decide(bad, minutes(-30))).toBe('remote')
    expect(decide(minutes(-30), bad)).toBe('local')
    // Nobody is believed: the order of arrival.
    expect(decide(bad, bad)).toBe('local')
  })

  it('believes a clock that is up to 5 min fast, or what it is told', () => {
    expect(decide(minutes(-1), minutes(5))).toBe('remote')
    expect(decide(minutes(-1), minutes(9), { maxDriftMs: 600_000 })).toBe('remote')
    expect(decide(minutes(-1), minutes(1), { maxDriftMs: 0 })).toBe('local')
  })

  it('tells stamps of one moment apart by their device, before it looks at values', () => {
    const at = (node: string): string => `0194e1a6c000-0001-00000000000000${node}`
    const [one, other] = [
      { at: at('ff'), title: 'a' },
      { at: at('aa'), title: 'z' },
    ]
    expect(lastWriteWins(clock)({ base: null, local: one, remote: other, fields: ['title'] })).toBe('local')
    expect(lastWriteWins(clock)({ base: null, local: other, remote: one, fields: ['title'] })).toBe('remote')
  })

  it('reads only fields of the record itself', () => {
    const conflict = { base: null, local: { title: 'a' }, remote: { title: 'b' }, fields: ['title'] }
    expect(lastWriteWins({ ...clock, by: 'constructor' })(conflict)).toBe('local')
  })

  it('decides alike on both devices, also a tie, whatever the order of fields inside a value', () => {
    const stamp = fc.oneof(
      fc.integer({ min: now - 3, max: now + 2 }),
      fc.constantFrom('x', null, undefined, text(0), text(-1), '0194e1a6c000-0001-00000000000000aa'),
    )
    const value = fc.constantFrom<unknown>({ x: 1, y: 2 }, { y: 2, x: 2 }, [1], 'b', 'a', 0, null)
    const turned = (given: unknown): unknown =>
      typeof given === 'object' && given !== null && !Array.isArray(given)
        ? Object.fromEntries(Object.entries(given).reverse())
        : given
    const resolver = lastWriteWins(clock)
    const property = fc.property(stamp, stamp, stamp, value, value, (before, one, other, a, b) => {
      fc.pre(JSON.stringify(a) !== JSON.stringify(b))
      const sides = [
        { at: one, v: a },
        { at: other, v: b },
      ] as const
      const base = { at: before, v: 'base' }
      const fields = ['v', 'at']
      const here = resolver({ base, local: sides[0], remote: { ...sides[1], v: turned(b) }, fields })
      const there = resolver({ base, local: sides[1], remote: { ...sides[0], v: turned(a) }, fields: ['at', 'v'] })
      const read = (at: unknown): boolean => typeof at === 'number' || (typeof at === 'string' && at !== 'x')
      // Without any stamp it is the order of arrival, which favours whoever comes later.
      if (read(one) || read(other)) expect([here, there]).toContain('remote')
      if (read(one) || read(other)) expect(here).not.toBe(there)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it.each([
    [null, 'takes an object'],
    [{ field: 'at' }, 'has no "field"'],
    [{ by: '' }, 'by must be'],
    [{ by: 4 }, 'by must be'],
    [{ by: 'at', maxDriftMs: -1 }, 'maxDriftMs'],
    [{ by: 'at', maxDriftMs: 'x' }, 'maxDriftMs'],
    [{ by: 'at', now: 4 }, 'now'],
  ])('refuses %o', (options, why) => {
    expect(() => lastWriteWins(options as never)).toThrow(why)
    expect(() => lastWriteWins(options as never)).toThrow('[SYNC_CONFIG_INVALID]')
  })
})
