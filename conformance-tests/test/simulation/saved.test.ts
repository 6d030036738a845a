import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { played, profiles, savedHistory, subjectOf } from '../../src/simulation/index.ts'

const folder = new URL('saved/', import.meta.url)
const names = Object.keys(profiles)

for (const file of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
  const { history, broke } = savedHistory(JSON.parse(readFileSync(new URL(file, folder), 'utf8')), names)
  test(`${file.slice(0, -5).replaceAll('-', ' ')}: ${broke}`, async () => {
    expect((await played(history, subjectOf(profiles, history.profile))).violations).toEqual([])
  })
}

const save = { do: 'save', collection: 'tasks', record: 0 }
const plain = {
  profile: 'transactional',
  history: { seed: 1, setup: {}, faults: {}, steps: [{ id: 0, afterMs: 1, device: 0, act: save }] },
}
const told = (change: object): unknown => ({ ...plain, history: { ...plain.history, ...change } })
const done = (act: object): unknown => told({ steps: [{ id: 0, afterMs: 1, device: 0, act }] })

test('a saved history says of its setup only what is not calm', () => {
  expect(savedHistory(plain, names).history).toMatchObject({ seed: 1, setup: { devices: 1, resolver: 'none' } })
})

test.each([
  ['no object', [], /the file must be an object/],
  ['a backend there is not', { ...plain, profile: 'nobody' }, /profile \("nobody"\) is no backend; there are transact/],
  ['an unknown act', told({ steps: [{ id: 0, afterMs: 1, device: 0, act: { do: 'fly' } }] }), /"fly"\) is no act/],
  ['an act without a detail', done({ do: 'save', collection: 'tasks' }), /act.record must be a number, not undefined/],
  ['an act with a detail it has not', done({ ...save, colour: 1 }), /act.colour is no detail of save; there are coll/],
  [
    'a collection there is not',
    done({ ...save, collection: 'cars' }),
    /act.collection is no collection; there are tasks/,
  ],
  ['an unknown fault', told({ faults: { quake: 0.1 } }), /faults.quake is no fault/],
  ['a rate above 1', told({ faults: { lost: 2 } }), /faults.lost is more than 1/],
  ['a wrong type', told({ setup: { devices: 'two' } }), /setup.devices must be a number/],
  ['no device', told({ setup: { devices: 0 }, steps: [] }), /setup.devices must be a number, at least 1, not 0/],
  ['half a device', told({ setup: { devices: 1.5 } }), /setup.devices must be an integer, not 1.5/],
  ['a user too many', told({ setup: { users: 3 } }), /setup.users must be a number, at least 1 and less than 3, not 3/],
  ['a wait below nothing', told({ setup: { networkMs: -1 } }), /setup.networkMs must be a number, at least 0, not -1/],
  [
    'a resolver there is not',
    told({ setup: { resolver: 'best' } }),
    /setup.resolver \("best"\) is no resolver of a setup; there are none, local/,
  ],
  ['an unknown setup', told({ setup: { weather: 'fine' } }), /setup.weather is no property of a setup/],
  ['a device there is not', told({ steps: [{ id: 0, afterMs: 1, device: 1, act: save }] }), /less than 1/],
  ['an id twice', told({ steps: [...plain.history.steps, ...plain.history.steps] }), /have an id twice/],
  ['a name of the prototype', told({ faults: { toString: 1 } }), /faults.toString is no fault/],
])('a history with %s is refused, saying where', (_what, data, message) => {
  expect(() => savedHistory(data, names)).toThrow(message)
})
