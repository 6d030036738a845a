import { everyAct } from '../actions/index.ts'
import { users } from '../world.ts'
import { directedFaults, faultRates } from './faults.ts'
import type { Act, FaultRates, History, Setup, Step } from './history.ts'
import { plainSetup } from './setup.ts'

/** A history that is kept because something once went wrong in it. */
export interface SavedHistory {
  readonly history: History
  /** What went wrong, with the invariant in front: `I3: ...`. Empty: nothing is said of it. */
  readonly broke: string
}

/** Data that is no history that can be run here; the message says where and why. */
export class SavedHistoryError extends Error {
  constructor(where: string, what: string) {
    super(`${where} ${what}`)
    this.name = 'SavedHistoryError'
  }
}

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new SavedHistoryError(where, `must be an object, not ${JSON.stringify(value)}`)
}

/** What a property of a setup can be, where it is a word. */
const words: Readonly<Record<string, readonly string[]>> = {
  writers: ['one', 'many'] satisfies readonly Setup['writers'][],
  durability: ['relaxed', 'strict'] satisfies readonly Setup['durability'][],
  resolver: [
    'none',
    'local',
    'remote',
    'ask',
    'delete',
    'late',
    'own',
    'throws',
    'silent',
  ] satisfies readonly Setup['resolver'][],
}

/** A number that is no smaller than `least` and, where that is asked for, smaller than `under`. */
function numberOf(value: unknown, where: string, least: number, under: number = Number.POSITIVE_INFINITY): number {
  if (typeof value === 'number' && value >= least && value < under) return value
  const limit = under === Number.POSITIVE_INFINITY ? '' : ` and less than ${under}`
  throw new SavedHistoryError(where, `must be a number, at least ${least}${limit}, not ${JSON.stringify(value)}`)
}

function integerOf(value: unknown, where: string, under?: number, least = 0): number {
  const number = numberOf(value, where, least, under)
  if (Number.isSafeInteger(number)) return number
  throw new SavedHistoryError(where, `must be an integer, not ${number}`)
}

function known(name: string, names: readonly string[], where: string, what: string): void {
  if (!names.includes(name)) throw new SavedHistoryError(where, `is no ${what}; there are ${names.join(', ')}`)
}

const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value)

function setupOf(value: unknown): Setup {
  const given = fieldsOf(value, 'setup')
  for (const [field, one] of Object.entries(given)) {
    known(field, Object.keys(plainSetup), `setup.${field}`, 'property of a setup')
    const type = typeOf(plainSetup[field as keyof Setup])
    if (typeOf(one) !== type) throw new SavedHistoryError(`setup.${field}`, `must be a ${type}`)
    const choice = words[field]
    if (choice) known(String(one), choice, `setup.${field} (${JSON.stringify(one)})`, `${field} of a setup`)
    if (type === 'number') numberOf(one, `setup.${field}`, 0)
  }
  if ('devices' in given) integerOf(given['devices'], 'setup.devices', undefined, 1)
  if ('users' in given) integerOf(given['users'], 'setup.users', users.length + 1, 1)
  return { ...plainSetup, ...given }
}

function faultsOf(value: unknown): FaultRates {
  const given = fieldsOf(value, 'faults')
  for (const [name, rate] of Object.entries(given)) {
    known(name, [...Object.keys(faultRates), ...directedFaults], `faults.${name}`, 'fault')
    if (numberOf(rate, `faults.${name}`, 0) > 1) throw new SavedHistoryError(`faults.${name}`, 'is more than 1')
  }
  return given as FaultRates
}

/** Details as the act makes them up: all it always has, none it never has, of the types it has, of a collection there is. */
function checkDetails(given: Fields, setup: Setup, where: string): void {
  const { do: name, ...details } = given
  const made = [0, 0.5, 0.99].map((chance) => everyAct[String(name)]?.make(() => chance, setup) ?? {})
  const names = Object.keys(Object.assign({}, ...made) as object)
  for (const field of Object.keys(details)) known(field, names, `${where}.${field}`, `detail of ${name}`)
  for (const field of names) {
    const types = made.map((one) => typeOf(one[field]))
    if (!types.includes(typeOf(details[field])))
      throw new SavedHistoryError(`${where}.${field}`, `must be a ${types[0]}, not ${JSON.stringify(details[field])}`)
  }
  const { collection } = details
  if (names.includes('collection')) known(String(collection), ['tasks', 'notes'], `${where}.collection`, 'collection')
}

function stepOf(value: unknown, at: number, setup: Setup): Step {
  const where = `steps[${at}]`
  const { id, afterMs, device, act } = fieldsOf(value, where)
  const details = fieldsOf(act, `${where}.act`)
  known(String(details['do']), Object.keys(everyAct), `${where}.act.do (${JSON.stringify(details['do'])})`, 'act')
  checkDetails(details, setup, `${where}.act`)
  return {
    id: integerOf(id, `${where}.id`),
    afterMs: numberOf(afterMs, `${where}.afterMs`, 0),
    device: integerOf(device, `${where}.device`, setup.devices),
    act: details as Act,
  }
}

/**
 * The history that `value` is, checked; what its setup leaves out is calm.
 * @throws SavedHistoryError for an act, a fault, a property of the setup or a backend that there is not
 */
export function savedHistory(value: unknown, profiles: readonly string[]): SavedHistory {
  const { profile, history, broke = '' } = fieldsOf(value, 'the file')
  const { seed, setup: given, faults, steps } = fieldsOf(history, 'history')
  known(String(profile), profiles, `profile (${JSON.stringify(profile)})`, 'backend')
  if (!Array.isArray(steps)) throw new SavedHistoryError('steps', 'must be a list')
  const setup = setupOf(given)
  const all = steps.map((step: unknown, at) => stepOf(step, at, setup))
  if (new Set(all.map(({ id }) => id)).size < all.length) throw new SavedHistoryError('steps', 'have an id twice')
  const whole = { seed: integerOf(seed, 'seed'), profile: String(profile), setup, faults: faultsOf(faults), steps: all }
  return { history: whole, broke: String(broke) }
}
