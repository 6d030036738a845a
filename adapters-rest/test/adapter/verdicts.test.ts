import type { PushVerdict } from '@rowkeep/kernel'
import { describe, expect, test } from 'vitest'
import { adapterWith, contextOf, failureOf, json, operation } from './support.ts'

const row = { kind: 'record', collection: 'notes', id: '1', revision: '4', record: { id: '1' } }
const error = { code: 'SYNC_REJECTED' }

const push = (body: unknown, count = 1): Promise<readonly PushVerdict[]> => {
  const operations = Array.from({ length: count }, (_, index) => operation(String(index + 1)))
  return adapterWith().push(
    { operations, atomic: false },
    contextOf(() => json(body)),
  )
}

describe('verdicts', () => {
  test('come through as they are, in order', async () => {
    const wanted = [
      { kind: 'applied', row },
      { kind: 'applied' },
      { kind: 'conflict', row: { ...row, id: '3' } },
      { kind: 'conflict' },
      {
        kind: 'rejected',
        error: { code: 'SYNC_CONDITION_FAILED', message: 'no', details: { a: [1] } },
        row: { ...row, id: '5' },
      },
      { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_GROUP_ABORTED' } },
      { kind: 'retry', outcome: 'unknown', error: { code: 'SYNC_TIMEOUT', retryAfterMs: 5 } },
      { kind: 'applied', row: { kind: 'tombstone', collection: 'notes', id: '8', revision: '9' } },
    ]
    expect(await push(wanted, wanted.length)).toEqual(wanted)
  })

  test.each<[string, unknown, number?]>([
    ['verdicts must be an array', { 0: { kind: 'applied' }, length: 1 }],
    ['verdicts must be an array', null],
    ['0 verdicts for 1 operations', []],
    ['1 verdicts for 2 operations', [{ kind: 'applied' }], 2],
    ['2 verdicts for 1 operations', [{ kind: 'applied' }, { kind: 'applied' }]],
    ['[0] must be an object', ['applied']],
    ['[1] must be an object', [{ kind: 'applied' }, null], 2],
    ['[0].kind must be', [{ kind: 'ok' }]],
    ['[0].kind must be', [{}]],
    ['[0].error must be', [{ kind: 'rejected' }]],
    ['[0].error must be', [{ kind: 'rejected', error: { message: 'no code' } }]],
    ['[0].outcome must be', [{ kind: 'retry', error }]],
    ['[0].outcome must be', [{ kind: 'retry', outcome: 'maybe', error }]],
    ['[0].error must be', [{ kind: 'retry', outcome: 'unknown' }]],
    ['[0].row must be an object', [{ kind: 'applied', row: null }]],
    ['[0].row is of another record', [{ kind: 'applied', row: { ...row, id: '2' } }]],
    ['[0].row is of another record', [{ kind: 'conflict', row: { ...row, collection: 'tasks' } }]],
    ['[1].row is of another record', [{ kind: 'applied' }, { kind: 'rejected', error, row }], 2],
  ])('that do not fit leave the outcome of all unknown: %s', async (why, body, count) => {
    const failure = await failureOf(push(body, count))
    expect(failure.code).toBe('SYNC_PROTOCOL')
    expect(failure.message).toContain(why)
  })

  test.each([{ revision: 4 }, { record: 'text' }, { kind: 'eviction' }])(
    'lose a row that cannot be read (%j), never their meaning',
    async (flaw) => {
      expect(await push([{ kind: 'conflict', row: { ...row, ...flaw } }])).toEqual([{ kind: 'conflict' }])
    },
  )

  test.each([
    ['rejected', 'SYNC_FROM_THE_FUTURE', 'SYNC_REJECTED'],
    ['rejected', 'SYNC_STORE_FULL', 'SYNC_REJECTED'],
    ['retry', 'SYNC_FROM_THE_FUTURE', 'SYNC_PROTOCOL'],
    ['rejected', 'SYNC_ID_TAKEN', 'SYNC_ID_TAKEN'],
  ])('of kind %s with code %s come as %s', async (kind, code, wanted) => {
    const verdicts = await push([{ kind, outcome: 'unapplied', error: { code } }])
    expect(verdicts).toMatchObject([
      { kind, error: { code: wanted, ...(code === wanted ? {} : { details: { code } }) } },
    ])
  })
})
