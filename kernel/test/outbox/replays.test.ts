import { expect, it } from 'vitest'
import { applyOperation, type Step } from '../../src/model/change.ts'

const step: Step = { kind: 'update', change: { set: { n: 1 }, unset: ['done'] } }
const base = Object.freeze({ id: 'a', n: 0, done: true })

it('an operation that is replayed on the record it was last made on costs no copy', () => {
  const first = applyOperation(base, step)
  expect(first).toEqual({ id: 'a', n: 1 })
  expect(applyOperation(base, { ...step })).toBe(first)
})

it('an operation is made anew on any other record, also an equal one that stands where the first one did', () => {
  const first = applyOperation(base, step)
  expect(applyOperation({ ...base, title: 'theirs' }, step)).toEqual({ id: 'a', n: 1, title: 'theirs' })
  expect(applyOperation({ ...base }, step)).not.toBe(first)
  expect(applyOperation(base, step)).toEqual(first)
})
