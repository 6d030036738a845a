import type { Json, JsonObject } from '@rowkeep/kernel'
import { ResolverError } from './refusals.ts'

/** A filter or condition as the schema has let it through. */
export type Tests = Readonly<Record<string, unknown>>

const typeNames: Readonly<Record<string, string>> = { boolean: 'bool', number: 'number', string: 'string' }

function typeOf(value: Json): string {
  if (value === null) return '_null'
  return Array.isArray(value) ? 'list' : (typeNames[typeof value] ?? 'map')
}

const encoder = new TextEncoder()

/** DynamoDB orders numbers, and text by its bytes in UTF-8; values of two types have no order. `undefined`: none. */
function order(a: Json | undefined, b: Json): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== 'string' || typeof b !== 'string') return undefined
  const [x, y] = [encoder.encode(a), encoder.encode(b)]
  for (let at = 0; at < x.length && at < y.length; at += 1) if (x[at] !== y[at]) return (x[at] ?? 0) - (y[at] ?? 0)
  return x.length - y.length
}

const equal = (a: Json | undefined, b: Json): boolean => a !== undefined && JSON.stringify(a) === JSON.stringify(b)

const contains = (value: Json | undefined, part: Json): boolean =>
  typeof value === 'string'
    ? value.includes(String(part))
    : Array.isArray(value) && value.some((one: Json) => equal(one, part))

const ordered =
  (holds: (order: number) => boolean) =>
  (value: Json | undefined, wanted: Json): boolean => {
    const by = order(value, wanted)
    return by !== undefined && holds(by)
  }

const between = (value: Json | undefined, wanted: Json): boolean => {
  const [low = null, high = null] = Array.isArray(wanted) ? (wanted as readonly Json[]) : []
  return (order(value, low) ?? -1) >= 0 && (order(value, high) ?? 1) <= 0
}

/** A comparison with an attribute that is not there is false, and its opposite true. */
const operators: ReadonlyMap<string, (value: Json | undefined, wanted: Json) => boolean> = new Map([
  ['eq', equal],
  ['ne', (value, wanted) => !equal(value, wanted)],
  ['gt', ordered((by) => by > 0)],
  ['ge', ordered((by) => by >= 0)],
  ['lt', ordered((by) => by < 0)],
  ['le', ordered((by) => by <= 0)],
  ['between', between],
  ['contains', contains],
  ['notContains', (value, wanted) => !contains(value, wanted)],
  ['beginsWith', (value, wanted) => typeof value === 'string' && value.startsWith(String(wanted))],
  ['in', (value, wanted) => (wanted as readonly Json[]).some((one) => equal(value, one))],
  ['notIn', (value, wanted) => !(wanted as readonly Json[]).some((one) => equal(value, one))],
  ['attributeExists', (value, wanted) => (value !== undefined) === wanted],
  ['attributeType', (value, wanted) => value !== undefined && typeOf(value) === wanted],
])

function testField(field: string, tests: Tests, item: JsonObject): boolean {
  const value = Object.hasOwn(item, field) ? (item[field] as Json) : undefined
  return Object.entries(tests).every(([is, wanted]) => {
    const holds = operators.get(is)
    if (!holds) throw new ResolverError('MappingTemplate', `Unable to process the filter expression: ${is}`)
    return holds(value, wanted as Json)
  })
}

const listOf = (value: unknown): readonly Tests[] => (Array.isArray(value) ? (value as Tests[]) : [value as Tests])

/** Whether an item meets a filter as DynamoDB evaluates it; several entries must all hold. */
export function meets(filter: Tests | null | undefined, item: JsonObject): boolean {
  return Object.entries(filter ?? {}).every(([field, tests]) => {
    if (tests === null) return true
    if (field === 'and') return listOf(tests).every((one) => meets(one, item))
    if (field === 'or') return listOf(tests).some((one) => meets(one, item))
    if (field === 'not') return !meets(tests as Tests, item)
    return testField(field, tests as Tests, item)
  })
}
