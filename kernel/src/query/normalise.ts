import { SyncError } from '../errors/sync-error.ts'
import type { Filter, FilterOperator } from '../model/filter.ts'
import { toJson } from '../model/value.ts'
import { operators } from './match.ts'

const invalid = (message: string): SyncError => new SyncError('SYNC_INPUT_INVALID', { message })

function checkValue(field: string, is: FilterOperator, value: unknown): Filter {
  if (value === undefined) throw invalid(`where.${field} is undefined: leave the field out, or compare with null`)
  const json = toJson(value, `where.${field}.${is}`)
  if (is === 'in' && !Array.isArray(json)) throw invalid(`where.${field}.in must be a list`)
  if (is === 'startsWith' && typeof json !== 'string') throw invalid(`where.${field}.startsWith must be text`)
  return { field, is, value: json }
}

function normaliseField(field: string, condition: unknown): readonly Filter[] {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) {
    return [checkValue(field, 'eq', condition)]
  }
  const tests = Object.entries(condition)
  if (tests.length === 0) throw invalid(`where.${field} is empty`)
  return tests.map(([is, value]) => {
    if (operators.includes(is)) return checkValue(field, is as FilterOperator, value)
    throw invalid(`where.${field}.${is} is no operator; known: ${operators.join(' ')} (compare objects with eq)`)
  })
}

/**
 * The app's `where` as a {@link Filter}; an empty one holds for every record.
 * @throws SyncError `SYNC_INPUT_INVALID` naming the field and operator
 */
export function normaliseWhere(where: unknown): Filter {
  if (typeof where !== 'object' || where === null || Array.isArray(where)) throw invalid('where must be an object')
  const all = Object.entries(where).flatMap(([field, condition]): readonly Filter[] => {
    if (field === 'NOT') return [{ not: normaliseWhere(condition) }]
    if (field !== 'AND' && field !== 'OR') return normaliseField(field, condition)
    if (!Array.isArray(condition)) throw invalid(`where.${field} must be a list`)
    const list = condition.map(normaliseWhere)
    return [field === 'AND' ? { all: list } : { any: list }]
  })
  return all.length === 1 ? (all[0] as Filter) : { all }
}
