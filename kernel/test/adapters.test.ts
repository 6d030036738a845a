import { describe, expect, it } from 'vitest'
import { failureFrom, failureOfAbort, flawOf, isObject, maxDepth } from '../src/adapters/index.ts'
import { errorOf, type Json, SyncError } from '../src/index.ts'

const deep = (levels: number): Json => (levels === 0 ? 1 : [deep(levels - 1)])

describe('the failure of an error', () => {
  it('makes the same error again, its code not said twice', () => {
    const error = new SyncError('SYNC_RATE_LIMITED', { message: 'slow down', retryAfterMs: 7, details: { a: 1 } })
    const failure = failureFrom(error)
    expect(failure).toEqual({ code: 'SYNC_RATE_LIMITED', message: 'slow down', retryAfterMs: 7, details: { a: 1 } })
    expect(errorOf(failure).message).toBe(error.message)
  })

  it('has no wait where none was asked for', () => {
    expect(failureFrom(new SyncError('SYNC_NETWORK'))).not.toHaveProperty('retryAfterMs')
  })
})

it.each<[string, unknown, object]>([
  ['an error of ours', new SyncError('SYNC_CLOSED', { message: 'gone' }), { code: 'SYNC_CLOSED', message: 'gone' }],
  ['a deadline', new DOMException('late', 'TimeoutError'), { code: 'SYNC_TIMEOUT' }],
  ['anything else', new Error('stop'), { code: 'SYNC_ABORTED' }],
])('a signal that aborted for %s says so', (_, reason, failure) => {
  expect(failureOfAbort(AbortSignal.abort(reason))).toMatchObject(failure)
})

it('a value has a flaw where it is nested too deep or holds a number that is not finite', () => {
  expect([flawOf(deep(maxDepth)), flawOf({ a: [JSON.parse('1e999') as number] })]).toEqual([
    undefined,
    'a number is not finite',
  ])
  expect(flawOf(deep(maxDepth + 1))).toBe('nested deeper than 100 levels')
})

it('an object is no list and no null', () => {
  expect([{}, [], null, 'a', undefined].map(isObject)).toEqual([true, false, false, false, false])
})
