import { describe, expect, test } from 'vitest'
import { ConformanceError } from '../src/core/conformance-error.ts'
import { expectThat, rejects, within } from '../src/core/expect.ts'
import { casesOf } from '../src/core/run.ts'
import { Inapplicable, type Outcome, type Scenario } from '../src/core/scenario.ts'
import type { KnownGaps } from '../src/harness.ts'

const setUp = async (): Promise<{ context: null; tearDown: () => Promise<void> }> => ({
  context: null,
  tearDown: async () => {},
})
const scenario = (run: () => Promise<void>): Scenario<null> => ({ clause: 'LS-1.1', title: 'it holds', run })
const holds = scenario(async () => {})
const fails = scenario(async () => expectThat(false, 'a thing', 'another'))
const breaks = scenario(async () => {
  throw new TypeError('the harness is broken')
})
const skips = scenario(async () => {
  throw new Inapplicable('there is none')
})

async function outcome(one: Scenario<null>, gaps: KnownGaps = {}): Promise<Outcome> {
  const [first] = casesOf([one], setUp, gaps)
  if (!first) throw new Error('no case')
  return first.run()
}

describe('a clause', () => {
  test('passes, fails with its number, or is skipped with a reason', async () => {
    expect(await outcome(holds)).toEqual({ status: 'passed' })
    expect(await outcome(skips)).toEqual({ status: 'skipped', reason: 'there is none' })
    const failed = await outcome(fails)
    expect(failed.status === 'failed' && failed.error.message).toBe('[LS-1.1] expected a thing; seen: another')
  })
})

describe('a known gap', () => {
  const gaps: KnownGaps = { 'LS-1.1': 'not yet' }

  test('that fails by an assertion is a gap', async () => {
    expect((await outcome(fails, gaps)).status).toBe('gap')
  })

  test('that holds, does not apply, or fails by a broken set-up is red', async () => {
    for (const one of [holds, skips, breaks]) expect((await outcome(one, gaps)).status).toBe('failed')
  })

  test('that names no scenario is red', async () => {
    const cases = casesOf([holds], setUp, { 'LS-9.99': 'a misspelling' })
    expect(cases.map(({ clause }) => clause)).toEqual(['LS-1.1', 'LS-9.99'])
    expect((await cases[1]?.run())?.status).toBe('failed')
  })
})

describe('an assertion', () => {
  test('ends a call that never settles', async () => {
    await expect(within('a call', new Promise(() => {}), 10)).rejects.toThrow('expected a call to settle')
  })

  test('tells a wrong code and a success from the wanted error', async () => {
    const wrong = rejects('a call', 'SYNC_CLOSED', async () => {
      throw new TypeError('no such thing')
    })
    await expect(wrong).rejects.toThrow('expected a call to fail with SYNC_CLOSED; seen: TypeError: no such thing')
    await expect(rejects('a call', 'SYNC_CLOSED', async () => {})).rejects.toBeInstanceOf(ConformanceError)
  })
})
