import { invalidInput } from '../errors/sync-error.ts'
import type { FieldTest, Filter, FilterOperator } from '../model/filter.ts'
import { isObject, toJson } from '../model/value.ts'
import { tests } from './match.ts'

/** Levels a condition may be nested that stays on the device, and one that goes over a wire. */
export const maxLevels = { local: 1000, wire: 50 } as const

/** Reads one operator and operand that `where` gives for a field; `beside` is all that it gives for it. */
export type ReadTest = (field: string, is: string, operand: unknown, beside: object) => readonly FieldTest[]

/** Knows the operators that every client knows. An `undefined` operand is refused: it would silently test for null. */
const readTest: ReadTest = (field, is, operand) => {
  const name = `where.${field}.${is}`
  if (!Object.hasOwn(tests, is))
    throw invalidInput(`${name} is no operator; known: ${Object.keys(tests)}, more by moreOperators`)
  const value = toJson(operand, name)
  if (is === 'in' && !Array.isArray(value)) throw invalidInput(`${name} must be a list`)
  if (is === 'startsWith' && typeof value !== 'string') throw invalidInput(`${name} must be text`)
  return [{ field, is: is as FilterOperator, value }]
}

/**
 * The app's `where` as a {@link Filter}; an empty one holds for every record.
 * @throws SyncError `SYNC_INPUT_INVALID` naming the field and operator
 */
export function normaliseWhere(where: unknown, read: ReadTest = readTest, levels: number = maxLevels.local): Filter {
  if (!isObject(where)) throw invalidInput('where must be an object')
  if (levels === 0) throw invalidInput('where is nested too deep')
  const inner = (part: unknown): Filter => normaliseWhere(part, read, levels - 1)
  const all = Object.entries(where).flatMap(([field, condition]): readonly Filter[] => {
    if (field === 'NOT') return [{ not: inner(condition) }]
    if (field === 'AND' || field === 'OR') {
      if (!Array.isArray(condition)) throw invalidInput(`where.${field} must be a list`)
      const list = condition.map(inner)
      return [field === 'AND' ? { all: list } : { any: list }]
    }
    const beside: object = isObject(condition) ? condition : { eq: condition }
    const given = Object.entries(beside).flatMap(([is, operand]) => read(field, is, operand, beside))
    if (given.length === 0) throw invalidInput(`where.${field} is empty`)
    return given
  })
  return all.length === 1 ? (all[0] as Filter) : { all }
}
