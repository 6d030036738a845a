import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ServerTime } from '../src/server-time.ts'

it('never says a time that the server has not reached, whatever is read when', () => {
  const step = fc.record({ passes: fc.nat(1_000_000), age: fc.nat(10_000_000) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1 }), fc.nat(1_000_000), (steps, offset) => {
      let local = 0
      const time = new ServerTime(() => local)
      for (const { passes, age } of steps) {
        local += passes
        // The server's clock runs with the local one; a row that is read was stamped `age` ago.
        time.seen(offset + local - age)
        for (const at of [0, local / 2, local]) expect(time.atLeast(at)).toBeLessThanOrEqual(offset + at)
      }
    }),
  )
})

it('goes on with the local clock, a little slower', () => {
  let local = 0
  const time = new ServerTime(() => local)
  expect(time.atLeast(0)).toBeUndefined()
  time.seen(5000)
  local = 1000
  expect(time.atLeast(local)).toBe(5999)
  time.seen(5100)
  expect(time.atLeast(local)).toBe(5999)
  time.seen(6000)
  expect(time.atLeast(local)).toBe(6000)
})
