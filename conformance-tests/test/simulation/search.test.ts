import { expect, test } from 'vitest'
import { type History, historyOf, profiles, type Subjects, searchRange, shrunk } from '../../src/simulation/index.ts'

const broken = (history: History) => ({ history, violations: [{ invariant: 'I3', what: 'lost' }] })

/** Breaks where an append of device 1 comes after a crash of it, with lost requests. */
async function needsThree({ steps, faults, setup }: History): Promise<readonly string[]> {
  const crash = steps.findIndex(({ act, device }) => act.do === 'crash' && device < setup.devices)
  const append = steps.findLastIndex(({ act, device }) => act.do === 'append' && device === steps[crash]?.device)
  return crash >= 0 && append > crash && 'lost' in faults ? ['I3'] : []
}

async function firstThatNeedsThree(): Promise<History> {
  for (let seed = 1; ; seed += 1) {
    const history = historyOf(seed)
    if (history.steps.length > 15 && (await needsThree(history)).length > 0) return history
  }
}

test('a history shrinks to what it takes to break the same invariant', async () => {
  const history = await firstThatNeedsThree()
  const { history: small, runs } = await shrunk(broken(history), needsThree)
  expect(small.steps.map(({ act }) => act.do)).toEqual(['crash', 'append'])
  expect(Object.keys(small.faults)).toEqual(['lost'])
  expect(small.setup).toMatchObject({ devices: 1, users: 1, storeMs: 1, networkMs: 5, resolver: 'none' })
  expect(small.steps.every(({ afterMs }) => afterMs === 0)).toBe(true)
  expect(small.steps.every(({ id, act }) => history.steps.some((one) => one.id === id && one.act.do === act.do))).toBe(
    true,
  )
  expect(runs).toBeLessThan(500)
})

test('another invariant is no reason to go on shrinking', async () => {
  const history = await firstThatNeedsThree()
  const { history: small } = await shrunk(broken(history), async () => ['I6'])
  expect(small).toEqual(history)
})

test('shrinking ends after so many runs, with the smallest history so far', async () => {
  const history = await firstThatNeedsThree()
  const { history: small, runs } = await shrunk(broken(history), needsThree, 3)
  expect(runs).toBe(3)
  expect(await needsThree(small)).toEqual(['I3'])
})

test('a range of seeds is run, added up and told of one by one', async () => {
  const seeds: number[] = []
  const tally = await searchRange({ from: 5, count: 4 }, profiles, ({ seed }) => {
    seeds.push(seed)
  })
  expect(seeds).toEqual([5, 6, 7, 8])
  expect(tally).toMatchObject({ histories: 4, broken: [] })
  expect(tally.events).toBeGreaterThan(0)
  expect(tally.requests).toBeGreaterThan(0)
  expect(Object.values(tally.profiles).reduce((sum, count) => sum + count, 0)).toBe(4)
})

test('parts of a range come to the same as the whole', async () => {
  const whole = await searchRange({ from: 1, count: 6 }, profiles)
  const parts = [await searchRange({ from: 4, count: 3 }, profiles), await searchRange({ from: 1, count: 3 }, profiles)]
  expect(parts.reduce((sum, { trace }) => (sum + trace) % 2 ** 32, 0)).toBe(whole.trace)
})

test('a backend that does something else the second time is found', async () => {
  let opened = 0
  const fickle: Subjects = {
    fickle: {
      name: 'fickle',
      open(world) {
        opened += 1
        if (opened > 1) world.loop.plan(5, 'once more', () => {})
        return (profiles['transactional'] as (typeof profiles)[string]).open(world)
      },
    },
  }
  const { broken: found } = await searchRange({ from: 1, count: 1, profile: 'fickle', twice: true }, fickle)
  expect(found.flatMap(({ violations }) => violations.map(({ invariant }) => invariant))).toEqual(['determinism'])
})

test('what throws in a history is a violation like others', async () => {
  const throwing: Subjects = {
    throwing: {
      name: 'throwing',
      open() {
        throw new Error('no ground')
      },
    },
  }
  const { broken: found } = await searchRange({ from: 1, count: 1, profile: 'throwing' }, throwing)
  expect(found[0]?.violations[0]).toMatchObject({ invariant: 'crash', what: expect.stringContaining('no ground') })
})

test('a history for a backend that there is not is refused', async () => {
  await expect(searchRange({ from: 1, count: 1, profile: 'nobody' }, profiles)).rejects.toThrow(/no backend nobody/)
})
