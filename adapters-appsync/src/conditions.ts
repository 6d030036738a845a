import type { FieldTest, Filter, FilterOperator, Json, JsonObject } from '@rowkeep/kernel'
import { matches } from '@rowkeep/kernel/adapters'
import type { Model } from './model.ts'

/** A test that AppSync cannot answer as the kernel's matcher does. */
export class Untranslatable extends Error {}

// Neither is a word of AppSync; `_m` is a field that every model has, and that conditions may name (`id` they may not).
const either: readonly JsonObject[] = [{ _m: { attributeExists: true } }, { _m: { attributeExists: false } }]
const never: JsonObject = { and: either }
const always: JsonObject = { or: either }

const anyOf = (parts: readonly JsonObject[]): JsonObject =>
  parts.length === 0 ? never : parts.length === 1 ? (parts[0] as JsonObject) : { or: parts }

const of = (field: string, operators: JsonObject): JsonObject => ({ [field]: operators })

// DynamoDB keeps a null that a create sent as a value of its own, and drops the attribute where an update sets null.
const isNull = (field: string): JsonObject =>
  anyOf([of(field, { attributeExists: false }), of(field, { attributeType: '_null' })])

const scalar = (value: Json): string | number | boolean | null => {
  if (typeof value === 'object' && value !== null) throw new Untranslatable('a condition compares scalar values only')
  return value as string | number | boolean | null
}

const equals = (field: string, value: Json): JsonObject =>
  scalar(value) === null ? isNull(field) : of(field, { eq: value })

const words = { gt: 'gt', gte: 'ge', lt: 'lt', lte: 'le' } as const
const holds: { readonly [is in keyof typeof words]: (order: number) => boolean } = {
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

function ordered(field: string, is: keyof typeof words, wanted: Json): JsonObject {
  const value = scalar(wanted)
  if (value === null) return never
  if (typeof value === 'boolean') {
    // Booleans have no order in DynamoDB; false comes before true.
    return anyOf([false, true].filter((one) => holds[is](Number(one) - Number(value))).map((one) => equals(field, one)))
  }
  // DynamoDB orders text by UTF-8 bytes, the matcher by UTF-16 code units: the same up to the first surrogate.
  if (typeof value === 'string' && /[\ud800-\uffff]/.test(value))
    throw new Untranslatable('DynamoDB orders text with this character differently')
  return of(field, { [words[is]]: value })
}

function startsWith(field: string, wanted: Json): JsonObject {
  if (typeof wanted !== 'string') return never
  return of(field, wanted === '' ? { attributeType: 'string' } : { beginsWith: wanted })
}

type Translate = (field: string, value: Json) => JsonObject

const inList: Translate = (field, list) => anyOf((list as readonly Json[]).map((one) => equals(field, one)))

/** What AppSync can test as the matcher does. */
const translations: { readonly [is in FilterOperator]?: Translate } = {
  eq: equals,
  ne: (field, value) => ({ not: equals(field, value) }),
  gt: (field, value) => ordered(field, 'gt', value),
  gte: (field, value) => ordered(field, 'gte', value),
  lt: (field, value) => ordered(field, 'lt', value),
  lte: (field, value) => ordered(field, 'lte', value),
  in: inList,
  startsWith,
  isNull: (field, value) => (value === false ? { not: isNull(field) } : isNull(field)),
}

function fieldTest(test: FieldTest, model: Model, id: string | undefined): JsonObject {
  const { field, ignoreCase } = test
  if (ignoreCase) throw new Untranslatable('AppSync cannot compare without case')
  const translate = translations[test.is]
  if (!translate) throw new Untranslatable(`AppSync has no operator "${test.is}"`)
  const translated = translate(field, test.value ?? null)
  if (field === 'id') return id === undefined ? translated : matches(test, { id }) ? always : never
  if (!model.fields.includes(field))
    throw new Untranslatable(
      `the option models gives ${model.name} no field ${JSON.stringify(field)}: add it to fields`,
    )
  if (model.json.has(field)) throw new Untranslatable(`${field} is AWSJSON, which cannot be compared`)
  return translated
}

/**
 * The filter in the form of `ModelXFilterInput`, with the meaning of the kernel's matcher. With the `id` of the row that it is
 * for, in the form of `ModelXConditionInput`, which knows no `id`.
 * @throws Untranslatable naming what AppSync cannot test in that meaning
 */
export function conditionOf(filter: Filter, model: Model, id?: string): JsonObject {
  const inner = (one: Filter): JsonObject => conditionOf(one, model, id)
  if ('not' in filter) return { not: inner(filter.not) }
  if ('any' in filter) return anyOf(filter.any.map(inner))
  if ('all' in filter) return filter.all.length === 0 ? always : { and: filter.all.map(inner) }
  return fieldTest(filter, model, id)
}

/** The operators that {@link conditionOf} knows. */
export const conditionOperators: readonly FilterOperator[] = Object.freeze(
  Object.keys(translations) as FilterOperator[],
)
