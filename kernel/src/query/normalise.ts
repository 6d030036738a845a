import { invalidInput } from '../errors/sync-error.ts'
import type { Filter, FilterOperator } from '../model/filter.ts'
import { isObject, toJson } from '../model/value.ts'
import { operators } from './match.ts'

/** Levels a condition may be nested that stays on the device, and one that goes over a wire. */
export const maxLevels = { local: 1000, wire: 50 } as const

/** One test of a field. An `undefined` value is refused: it would silently test for null. */
function testOf(field: string, is: string, value: unknown): Filter {
  const name = `where.${field}.${is}`
  if (!operators.includes(is)) throw invalidInput(`${name} is no operator; known: ${operators.join(' ')}`)
  const json = toJson(value, name)
  if (is === 'in' && !Array.isArray(json)) throw invalidInput(`${name} must be a list`)
  if (is === 'startsWith' && typeof json !== 'string') throw invalidInput(`${name} must be text`)
  return { field, is: is as FilterOperator, value: json }
}

/**
 * The app's `where` as a {@link Filter}; an empty one holds for every record.
 * @throws SyncError `SYNC_INPUT_INVALID` naming the field and operator
 */
export function normaliseWhere(where: unknown, levels: number = maxLevels.local): Filter {
  if (!isObject(where)) throw invalidInput('where must be an object')
  if (levels === 0) throw invalidInput('where is nested too deep')
  const inner = (part: unknown): Filter => normaliseWhere(part, levels - 1)
  const all = Object.entries(where).flatMap(([field, condition]): readonly Filter[] => {
    if (field === 'NOT') return [{ not: inner(condition) }]
    if (field === 'AND' || field === 'OR') {
      if (!Array.isArray(condition)) throw invalidInput(`where.${field} must be a list`)
      const list = condition.map(inner)
      return [field === 'AND' ? { all: list } : { any: list }]
    }
    const tests = isObject(condition) ? Object.entries(condition) : [['eq', condition] as const]
    if (tests.length === 0) throw invalidInput(`where.${field} is empty`)
    return tests.map(([is, value]) => testOf(field, is, value))
  })
  return all.length === 1 ? (all[0] as Filter) : { all }
}
