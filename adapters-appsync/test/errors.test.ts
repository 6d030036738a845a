import { describe, expect, it } from 'vitest'
import { type Asked, errorOfThrown, retryAfterMs } from '../src/errors.ts'

const now = Date.UTC(2026, 10, 20, 5)
const asked = (change: Partial<Asked> = {}): Asked => ({
  what: 'updateNote',
  writes: true,
  now,
  hide: (text) => text.replaceAll('secret', '***'),
  ...change,
})

/** As Amplify's client throws what is no answer of GraphQL. */
const transport = (original: object): object => ({ data: {}, errors: [{ message: 'x', originalError: original }] })
const status = (httpStatusCode: number, headers: object = {}): object =>
  transport({ name: 'UnknownError', message: 'no secret', $metadata: { httpStatusCode }, response: { headers } })
const told = (errorType: string | null, message = 'refused', data: unknown = null): object => ({
  data: { updateNote: null },
  errors: [{ errorType, message, data, path: ['updateNote'] }],
})

describe('an HTTP answer', () => {
  it.each([
    [400, 'SYNC_PROTOCOL', 'none'],
    [401, 'SYNC_AUTH_REQUIRED', 'unknown'],
    [403, 'SYNC_FORBIDDEN', 'unknown'],
    [404, 'SYNC_PROTOCOL', 'none'],
    [408, 'SYNC_TIMEOUT', 'unknown'],
    [413, 'SYNC_TOO_LARGE', 'none'],
    [418, 'SYNC_PROTOCOL', 'unknown'],
    [429, 'SYNC_RATE_LIMITED', 'unknown'],
    [500, 'SYNC_OUTCOME_UNKNOWN', 'unknown'],
    [503, 'SYNC_OUTCOME_UNKNOWN', 'unknown'],
  ])('%s is %s, effect %s', (code, wanted, effect) => {
    expect(errorOfThrown(status(code), asked())).toMatchObject({ code: wanted, effect, details: { status: code } })
  })

  it('of a read has no outcome that could be unknown', () => {
    expect(errorOfThrown(status(500), asked({ writes: false })).code).toBe('SYNC_NETWORK')
  })

  it('that refuses the credentials says so, where the client says nothing', () => {
    const error = { name: 'UnknownError', message: 'Unknown error', $metadata: { httpStatusCode: 401 } }
    const { message } = errorOfThrown(transport(error), asked())
    expect(message).toContain('updateNote: answered with status 401: the API refused the credentials')
    expect(message).not.toContain('Unknown')
    expect(errorOfThrown(status(401), asked()).message).toContain('refused the credentials: no ***')
  })

  it('that asks to wait is heard', () => {
    expect(errorOfThrown(status(503, { 'retry-after': '7' }), asked()).retryAfterMs).toBe(7000)
  })

  it('keeps no token in its message', () => {
    expect(errorOfThrown(status(500), asked()).message).toContain('no ***')
  })
})

it.each([
  ['7', 7000],
  ['99999999', 3_600_000],
  ['Fri, 20 Nov 2026 05:00:30 GMT', 30_000],
  ['Friday, 20-Nov-26 05:00:30 GMT', 30_000],
  ['Fri Nov 20 05:00:30 2026', 30_000],
  ['Fri, 20 Nov 2020 05:00:30 GMT', 0],
  ['soon', undefined],
  ['-1', undefined],
  [undefined, undefined],
])('Retry-After %s is %s ms', (header, wanted) => {
  expect(retryAfterMs(header, now)).toBe(wanted)
})

describe('what never became an answer', () => {
  it.each([
    ['NetworkError', 'SYNC_NETWORK', 'unknown'],
    ['SyntaxError', 'SYNC_PROTOCOL', 'unknown'],
    ['TypeError', 'SYNC_NETWORK', 'unknown'],
    ['anything', 'SYNC_NETWORK', 'unknown'],
    ['constructor', 'SYNC_NETWORK', 'unknown'],
  ])('%s is %s, effect %s', (name, code, effect) => {
    expect(errorOfThrown(transport({ name, message: 'gone' }), asked())).toMatchObject({ code, effect })
  })

  it.each(['NoSignedUser', 'NoValidAuthTokens', 'NoCredentials', 'NoAuthorizationHeader'])(
    '%s, thrown by the client before it sends, is SYNC_AUTH_REQUIRED without effect',
    (name) => {
      const error = Object.assign(new Error('x'), { name })
      expect(errorOfThrown(error, asked())).toMatchObject({ code: 'SYNC_AUTH_REQUIRED', effect: 'none' })
    },
  )
})

it('tokens that could not be renewed without a network are no sign-out', () => {
  const error = Object.assign(new Error('x'), { name: 'NoSignedUser', underlyingError: { name: 'NetworkError' } })
  expect(errorOfThrown(error, asked())).toMatchObject({ code: 'SYNC_NETWORK', effect: 'none' })
})

describe('an error inside an answer', () => {
  it.each([
    ['Unauthorized', 'SYNC_FORBIDDEN', 'none', 'forbidden'],
    ['UnauthorizedException', 'SYNC_AUTH_REQUIRED', 'none', undefined],
    ['ConflictUnhandled', 'SYNC_CONFLICT', 'none', 'version'],
    ['ConditionalCheckFailedException', 'SYNC_CONDITION_FAILED', 'none', 'condition'],
    ['DynamoDB:ConditionalCheckFailedException', 'SYNC_CONDITION_FAILED', 'none', 'condition'],
    ['DynamoDB:ProvisionedThroughputExceededException', 'SYNC_RATE_LIMITED', 'unknown', undefined],
    ['ExecutionTimeout', 'SYNC_TIMEOUT', 'unknown', undefined],
    ['MappingTemplate', 'SYNC_REJECTED', 'none', 'invalid'],
    ['Lambda:Unhandled', 'SYNC_OUTCOME_UNKNOWN', 'unknown', undefined],
  ])('%s is %s, effect %s', (type, code, effect, refusal) => {
    expect(errorOfThrown(told(type), asked())).toMatchObject({ code, effect, refusal, details: { errorType: type } })
  })

  it.each([
    ["Validation error of type FieldUndefined: Field 'x' in type 'Note' is undefined", 'SYNC_REJECTED'],
    [
      "The variables input contains a field name 'x' that is not defined for input object type 'UpdateNoteInput' ",
      'SYNC_REJECTED',
    ],
    ['Item size has exceeded the maximum allowed size', 'SYNC_TOO_LARGE'],
    ['Item size to update has exceeded the maximum allowed size', 'SYNC_TOO_LARGE'],
  ])('without a type is read by its message: %s', (message, code) => {
    expect(errorOfThrown(told(null, message), asked())).toMatchObject({ code, effect: 'none', refusal: 'invalid' })
  })

  it('that refuses a read for good is SYNC_PROTOCOL: there is nothing to set aside', () => {
    const error = errorOfThrown(told('BadRequestException'), asked({ writes: false }))
    expect(error.code).toBe('SYNC_PROTOCOL')
  })

  it('carries the row, and shows it in no log', () => {
    const error = errorOfThrown(told('ConflictUnhandled', 'x', { id: 'n1', title: 'private' }), asked())
    expect(error.row).toEqual({ id: 'n1', title: 'private' })
    expect(JSON.stringify(error)).not.toContain('private')
    expect(JSON.stringify(Object.keys(error))).not.toContain('row')
  })
})
