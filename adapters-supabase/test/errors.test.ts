import { describe, expect, it } from 'vitest'
import { networkError, refusalError, retryAfterMs, verdictOf } from '../src/errors.ts'

const refused = (status: number, code: string, writes = true) =>
  refusalError({
    status,
    said: { code, message: 'x' },
    what: 'POST notes',
    writes,
    retryAfterMs: undefined,
    setup: 'set it up',
    hide: (text) => text,
  })

describe('a refusal', () => {
  it.each([
    [401, 'PGRST301', 'SYNC_AUTH_REQUIRED', 'retry'],
    [401, '42501', 'SYNC_AUTH_REQUIRED', 'retry'],
    [403, '42501', 'SYNC_FORBIDDEN', 'rejected'],
    [400, '22P02', 'SYNC_REJECTED', 'rejected'],
    [400, '23502', 'SYNC_REJECTED', 'rejected'],
    [400, 'P0001', 'SYNC_REJECTED', 'rejected'],
    [500, '54000', 'SYNC_REJECTED', 'rejected'],
    [400, 'PGRST204', 'SYNC_REJECTED', 'rejected'],
    [404, 'PGRST205', 'SYNC_CONFIG_INVALID', 'retry'],
    [404, 'PGRST202', 'SYNC_CONFIG_INVALID', 'retry'],
    [400, '42703', 'SYNC_CONFIG_INVALID', 'retry'],
    [400, 'PGRST100', 'SYNC_PROTOCOL', 'retry'],
    [503, 'PGRST002', 'SYNC_NETWORK', 'retry'],
    [504, 'PGRST003', 'SYNC_NETWORK', 'retry'],
    [500, '40001', 'SYNC_NETWORK', 'retry'],
    [500, '57014', 'SYNC_NETWORK', 'retry'],
    [503, '53300', 'SYNC_RATE_LIMITED', 'retry'],
    [400, 'RK004', 'SYNC_USER_MISMATCH', 'retry'],
    [413, '', 'SYNC_TOO_LARGE', 'rejected'],
    [429, '', 'SYNC_RATE_LIMITED', 'retry'],
    [404, '', 'SYNC_PROTOCOL', 'retry'],
  ])('%i %s had no effect: %s, %s', (status, code, name, kind) => {
    const error = refused(status, code)
    expect([error.code, error.effect, verdictOf(error).kind]).toEqual([name, 'none', kind])
  })

  it.each([
    [500, '', 'SYNC_OUTCOME_UNKNOWN'],
    [503, '57P01', 'SYNC_OUTCOME_UNKNOWN'],
    [503, '08006', 'SYNC_OUTCOME_UNKNOWN'],
    [403, '', 'SYNC_FORBIDDEN'],
    [408, '', 'SYNC_TIMEOUT'],
    [418, '', 'SYNC_PROTOCOL'],
  ])('%i %s may have had one: %s', (status, code, name) => {
    const error = refused(status, code)
    expect([error.code, error.effect]).toEqual([name, 'unknown'])
  })

  it('of a read has no outcome that could be unknown', () => {
    expect(refused(500, '', false).code).toBe('SYNC_NETWORK')
  })
})

describe('the way out', () => {
  it('is said where something is not set up, and nowhere else', () => {
    expect(refused(404, 'PGRST205').message).toContain('set it up')
    expect(refused(403, '42501').message).not.toContain('set it up')
  })
})

describe('no answer', () => {
  it('had no effect where nobody was reached', () => {
    expect(
      networkError({ message: 'TypeError: fetch failed', details: 'Caused by: ECONNREFUSED' }, 'x', String).effect,
    ).toBe('none')
    expect(networkError({ message: 'TypeError: terminated' }, 'x', String).effect).toBe('unknown')
  })
})

describe('Retry-After', () => {
  const now = Date.parse('1994-11-06T08:49:00Z')
  it.each([
    ['7', 7000],
    ['99999999', 3_600_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1993 08:49:37 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    [null, undefined],
  ])('%s', (header, wait) => {
    expect(retryAfterMs(header, now)).toBe(wait)
  })
})
