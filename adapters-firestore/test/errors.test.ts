import { FirebaseError } from 'firebase/app'
import { describe, expect, it } from 'vitest'
import { wireError } from '../src/errors.ts'
import { type Bench, bench, contextOf, notes } from './bench.ts'

const pull = ({ ada }: Bench): Promise<unknown> => ada.pull({ feed: notes, cursor: null, limit: 10 }, contextOf())

/** What an answer of this status becomes, by way of the SDK. */
const answers: readonly (readonly [status: number, code: string, effect: string])[] = [
  [400, 'SYNC_PROTOCOL', 'refused'],
  [401, 'SYNC_AUTH_REQUIRED', 'none'],
  [403, 'SYNC_FORBIDDEN', 'refused'],
  [404, 'SYNC_PROTOCOL', 'refused'],
  [409, 'SYNC_NETWORK', 'refused'],
  [413, 'SYNC_PROTOCOL', 'refused'],
  [429, 'SYNC_RATE_LIMITED', 'none'],
  [500, 'SYNC_NETWORK', 'unknown'],
  [502, 'SYNC_NETWORK', 'unknown'],
  [503, 'SYNC_NETWORK', 'unknown'],
  [504, 'SYNC_TIMEOUT', 'unknown'],
]

describe('answers of the service', () => {
  it.each(answers)('%i is %s, with effect %s', async (status, code, effect) => {
    const at = await bench()
    at.served.fault = () => Response.json({ error: { message: 'in its own words' } }, { status })
    await expect(pull(at)).rejects.toMatchObject({ code, effect, message: expect.stringContaining('in its own words') })
  })

  it('that the rules made name the command which prints them', async () => {
    const at = await bench()
    const nowhere = { id: 'x@0', collections: ['missing'] }
    await expect(at.ada.pull({ feed: nowhere, cursor: null, limit: 1 }, contextOf())).rejects.toMatchObject({
      code: 'SYNC_FORBIDDEN',
      message: expect.stringMatching(
        /insufficient permissions.* rules .*npx @rowkeep\/adapters-firestore <collection>/,
      ),
    })
  })

  it('that are no JSON, or JSON of another shape, are SYNC_PROTOCOL', async () => {
    for (const body of ['<html>', '{}', '[{"document":5}]', '"text"', '']) {
      const at = await bench()
      at.served.fault = () => new Response(body)
      await expect(pull(at), body).rejects.toMatchObject({ code: 'SYNC_PROTOCOL', effect: 'unknown' })
    }
  })

  it('of a proxy that are no JSON hide their status from the SDK', async () => {
    const at = await bench()
    at.served.fault = () => new Response('<html>', { status: 429 })
    await expect(pull(at)).rejects.toMatchObject({ code: 'SYNC_PROTOCOL', effect: 'unknown' })
  })

  it('that never come are SYNC_NETWORK', async () => {
    const at = await bench()
    at.served.fault = () => 'dropped'
    await expect(pull(at)).rejects.toMatchObject({ code: 'SYNC_NETWORK', effect: 'unknown' })
    await at.served.close()
    await expect(pull(at)).rejects.toMatchObject({ code: 'SYNC_NETWORK', effect: 'unknown' })
  })
})

describe('errors before a request', () => {
  it.each([
    ['auth/network-request-failed', 'SYNC_NETWORK'],
    ['auth/user-token-expired', 'SYNC_AUTH_REQUIRED'],
    ['auth/user-disabled', 'SYNC_AUTH_REQUIRED'],
    ['appCheck/fetch-network-error', 'SYNC_NETWORK'],
    ['app-check/throttled', 'SYNC_AUTH_REQUIRED'],
  ])('%s is %s, without effect', (firebase, code) => {
    expect(wireError(new FirebaseError(firebase, 'why'))).toMatchObject({ code, effect: 'none' })
  })

  it('of codes nobody knows have an unknown effect', () => {
    for (const thrown of [new FirebaseError('new-code', 'why'), new TypeError('x'), 'text', undefined])
      expect(wireError(thrown)).toMatchObject({ code: 'SYNC_PROTOCOL', effect: 'unknown' })
  })
})
