import type { Json, JsonObject } from '../env/json.ts'
import type { FilterOperator } from '../model/filter.ts'
import { isObject } from '../model/value.ts'

/** Longest pattern that `matches` takes, in UTF-16 code units. */
const longestPattern = 200

const isText = (value: Json): value is string => typeof value === 'string'

function isPattern(value: Json): boolean {
  if (!isText(value) || value.length > longestPattern) return false
  try {
    return !!new RegExp(value)
  } catch {
    return false
  }
}

const isWithin = (value: Json | undefined, least: number, most: number): boolean =>
  typeof value === 'number' && value >= least && value <= most

function isAround(value: Json): boolean {
  if (!isObject(value)) return false
  const { lat, lng, withinMeters, ...rest } = value as JsonObject
  const isPlace = isWithin(lat, -90, 90) && isWithin(lng, -180, 180)
  return isPlace && isWithin(withinMeters, 0, Number.MAX_VALUE) && Object.keys(rest).length === 0
}

type Operand = readonly [fits: (value: Json) => boolean, words: string]

const aList: Operand = [Array.isArray, 'a list']
const text: Operand = [isText, 'text']

/** By operator, what its operand must be, as a test and in words; an operator that is not here takes any value. */
export const operands: { readonly [is in FilterOperator]?: Operand } = {
  in: aList,
  notIn: aList,
  between: [(value) => Array.isArray(value) && value.length === 2, 'a list of two, the least and the greatest value'],
  isNull: [(value) => typeof value === 'boolean', 'true or false'],
  contains: text,
  startsWith: text,
  endsWith: text,
  matches: [isPattern, `the source of a regular expression, at most ${longestPattern} characters long`],
  hasAny: aList,
  near: [isAround, '{ lat, lng, withinMeters }: degrees within 90 and 180, metres from 0 on'],
}
