import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Call, calls, play, type Step } from './world.ts'

const orders = (length: number): readonly (readonly Call[])[] =>
  length === 0 ? [[]] : orders(length - 1).flatMap((order) => calls.map((call) => [...order, call]))

/** Turns between two calls: none, in the middle of opening, of a commit, of a pull, of a push. */
const moments = [0, 2, 9, 25, 60]

it.each(moments)(
  'settles in every order of up to three calls, %i turns apart, and leaves nothing behind [F82]',
  async (turns) => {
    const all = [1, 2, 3].flatMap(orders)
    expect(all).toHaveLength(calls.length + calls.length ** 2 + calls.length ** 3)
    for (const order of all) await play(order.map((call) => ({ call, turns })))
  },
)

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    call: fc.constantFrom(...calls.filter((call) => call !== 'dispose')),
    turns: fc.oneof(fc.constantFrom(...moments), fc.nat(120)),
  }),
  { minLength: 3, maxLength: 14 },
)

it('settles in any order of many calls, loses no write, and counts each once [F82]', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), (taken, ends) =>
      play(ends ? [...taken, { call: 'dispose', turns: 0 }] : taken),
    ),
    { numRuns: 150 },
  )
})
