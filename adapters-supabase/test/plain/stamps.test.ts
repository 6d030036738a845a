import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { earlier, stampOf } from '../../src/plain/stamps.ts'

describe('the stamp of a moment', () => {
  it.each([
    ['2026-01-01T00:00:00.123456+00:00', '2026-01-01T00:00:00.123456+00:00'],
    ['2026-01-01T00:00:00.12+00:00', '2026-01-01T00:00:00.120000+00:00'],
    ['2026-01-01T00:00:00+00:00', '2026-01-01T00:00:00.000000+00:00'],
    ['2026-01-01 00:00:00.123456+00', '2026-01-01T00:00:00.123456+00:00'],
    ['2026-01-01T00:00:00.5Z', '2026-01-01T00:00:00.500000+00:00'],
    ['2026-01-01T02:30:00.5+02:30', '2026-01-01T00:00:00.500000+00:00'],
    ['2025-12-31T19:00:00-05', '2026-01-01T00:00:00.000000+00:00'],
    ['2026-01-01T00:00:00.000001', '2026-01-01T00:00:00.000001+00:00'],
  ])('%s is %s [F04]', (text, stamp) => {
    expect(stampOf(text)).toBe(stamp)
  })

  it.each([
    'infinity',
    '-infinity',
    '',
    'soon',
    '12026-01-01T00:00:00+00:00',
    '2026-13-01T00:00:00Z',
    null,
    5,
    undefined,
  ])('%s is none', (value) => {
    expect(stampOf(value)).toBeUndefined()
  })

  it('orders as text as the moments are ordered in time', () => {
    const moment = fc.tuple(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: 0, max: 999 }))
    const written = ([ms, micros]: [number, number]): string =>
      `${`${new Date(ms).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}`.replace(/\.?0+$/, '')}+00:00`
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const [x, y] = [stampOf(written(a)), stampOf(written(b))] as [string, string]
        expect(x).toHaveLength(32)
        expect(Math.sign(a[0] - b[0] || a[1] - b[1])).toBe(x < y ? -1 : Number(x > y))
      }),
      // A whole second has no fraction at all.
      {
        examples: [
          [
            [0, 0],
            [1000, 0],
          ],
        ],
      },
    )
  })

  it('goes back by milliseconds and keeps the microseconds', () => {
    expect(earlier('2026-01-01T00:00:00.123456+00:00', 10_000)).toBe('2025-12-31T23:59:50.123456+00:00')
    expect(earlier('1970-01-01T00:00:05.000000+00:00', 10_000)).toBe('1970-01-01T00:00:00.000000+00:00')
  })
})
