import type { PushVerdict } from '@rowkeep/kernel'
import { expect, it } from 'vitest'
import { handlerOver, operationBody, post, recorder } from './calls.ts'

const good = operationBody
const unknown = { ...good, collection: 'toString' }
const large = { ...good, change: { set: { text: 'x'.repeat(200) } } }
const largeRecord = { ...good, record: { text: 'x'.repeat(200) } }
const nameless = { ...good, id: '' }
const longName = { ...good, id: 'é'.repeat(257) }

const pushed = async (operations: readonly object[], atomic: boolean): Promise<readonly [PushVerdict[], number]> => {
  const storage = recorder()
  const body = JSON.stringify({ operations, atomic })
  const response = await handlerOver(storage, { limits: { recordBytes: 100 } })(post('/push', body))
  expect(response.status).toBe(200)
  return [(await response.json()) as PushVerdict[], storage.pushes[0]?.request.operations.length ?? 0]
}

const brief = (verdict: PushVerdict): string =>
  'error' in verdict ? `${verdict.kind} ${verdict.error.code}` : verdict.kind

it('gives what is refused at sight its own verdict, in its place, and does the rest', async () => {
  const [verdicts, done] = await pushed([unknown, good, large, largeRecord, good, nameless, longName], false)
  expect(verdicts.map(brief)).toEqual([
    'rejected SYNC_REJECTED',
    'applied',
    'rejected SYNC_TOO_LARGE',
    'rejected SYNC_TOO_LARGE',
    'applied',
    'rejected SYNC_REJECTED',
    'rejected SYNC_REJECTED',
  ])
  expect(done).toBe(2)
})

it('does none of an atomic request of which one is refused at sight', async () => {
  const [verdicts, done] = await pushed([good, unknown, good], true)
  expect(verdicts.map(brief)).toEqual([
    'retry SYNC_GROUP_ABORTED',
    'rejected SYNC_REJECTED',
    'retry SYNC_GROUP_ABORTED',
  ])
  expect(done).toBe(0)
})

it('does nothing for no operations', async () => {
  expect(await pushed([], true)).toEqual([[], 0])
})
