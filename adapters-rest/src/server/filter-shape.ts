import type { Filter, FilterOperator, Json, JsonObject } from '@rowkeep/kernel'
import { aList, anObject, aText, field, listOf, oneOf, type Shape, unfit } from './shape.ts'

const anOperator = oneOf<FilterOperator>(
  ...(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'notIn', 'between', 'isNull'] as const),
  ...(['contains', 'startsWith', 'endsWith', 'matches', 'has', 'hasAny', 'near'] as const),
)

const lists: ReadonlySet<FilterOperator> = new Set(['in', 'notIn', 'between', 'hasAny'])
const texts: ReadonlySet<FilterOperator> = new Set(['contains', 'startsWith', 'endsWith', 'matches'])

function checkValue(is: FilterOperator, value: Json | undefined, at: string): void {
  if (lists.has(is)) aList(value, `${at}.value`)
  if (texts.has(is)) aText(value, `${at}.value`)
}

function aFieldTest(raw: JsonObject, at: string): Filter {
  const is = anOperator(field(raw, 'is'), `${at}.is`)
  const value = field(raw, 'value')
  checkValue(is, value, at)
  const ignoreCase = field(raw, 'ignoreCase')
  if (ignoreCase !== undefined && ignoreCase !== true) throw unfit(`${at}.ignoreCase`, 'true or absent')
  return {
    field: aText(field(raw, 'field'), `${at}.field`),
    is,
    ...(value === undefined ? {} : { value }),
    ...(ignoreCase === undefined ? {} : { ignoreCase }),
  }
}

const forms = ['all', 'any', 'not', 'field'] as const

/** A filter: exactly one of `all`, `any`, `not`, or a test of a field. */
export const aFilter: Shape<Filter> = (value, at) => {
  const raw = anObject(value, at)
  const [form, another] = forms.filter((name) => Object.hasOwn(raw, name))
  if (form === undefined || another !== undefined) throw unfit(at, `an object with exactly one of ${forms.join(' ')}`)
  if (form === 'all') return { all: listOf(aFilter)(raw['all'], `${at}.all`) }
  if (form === 'any') return { any: listOf(aFilter)(raw['any'], `${at}.any`) }
  if (form === 'not') return { not: aFilter(raw['not'], `${at}.not`) }
  return aFieldTest(raw, at)
}
