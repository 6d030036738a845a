import type { FieldTest, Filter, Json } from '@rowkeep/kernel'
import { columnName, scalar } from './quoting.ts'

/** A filter in PostgREST's words; true or false where it holds for every row or none; `undefined`: there are no exact words. */
type Words = string | boolean | undefined

/**
 * `eq` and `ne` with the kernel's two values: in SQL a comparison with null is neither true nor false, so null is asked for
 * by name.
 */
function equal(column: string, value: Json, wanted: boolean): Words {
  if (value === null) return `${column}.${wanted ? 'is' : 'not.is'}.null`
  if (typeof value === 'object') return undefined
  return wanted ? `${column}.eq.${scalar(value)}` : `or(${column}.neq.${scalar(value)},${column}.is.null)`
}

/** All of the parts, or any of them. PostgREST has no empty group. */
function joined(word: 'and' | 'or', parts: readonly Words[]): Words {
  const decides = word === 'or'
  if (parts.includes(decides)) return decides
  if (parts.includes(undefined)) return undefined
  const left = parts.filter((part) => part !== !decides)
  return left.length === 0 ? !decides : `${word}(${left.join(',')})`
}

function testOf({ field, is, value = null, ignoreCase }: FieldTest, wanted: boolean): Words {
  const column = columnName(field)
  // A dot path leads into a JSON column, where PostgREST's words are not exact.
  if (ignoreCase || field.includes('.')) return undefined
  if (is === 'eq') return equal(column, value, wanted)
  if (is === 'ne') return equal(column, value, !wanted)
  if (is !== 'in' || !Array.isArray(value)) return undefined
  const tests = value.map((one: Json) => equal(column, one, wanted))
  return joined(wanted ? 'or' : 'and', tests)
}

/**
 * The filter in PostgREST's words, true for exactly the rows the kernel's matcher takes. A negation is carried down to the
 * single tests, where it is exact.
 */
export function exactly(filter: Filter, wanted = true): Words {
  if ('not' in filter) return exactly(filter.not, !wanted)
  if ('field' in filter) return testOf(filter, wanted)
  const group = 'all' in filter ? filter.all : filter.any
  const parts = group.map((one) => exactly(one, wanted))
  return joined('all' in filter === wanted ? 'and' : 'or', parts)
}

/**
 * Words that hold for every row the filter takes, and perhaps for more, for listings: what has no exact words is left out.
 * `undefined`: nothing can be left to the server.
 */
export function atLeast(filter: Filter): string | undefined {
  const parts = 'all' in filter ? filter.all.map(atLeast) : [exactly(filter)]
  const left = parts.filter((part) => typeof part === 'string')
  return left.length === 0 ? undefined : `and(${left.join(',')})`
}

/** The columns a filter looks at. */
export function fieldsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return filter.field.split('.', 1)
  if ('not' in filter) return fieldsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(fieldsOf)
}
