import type { Json } from '../env/json.ts'
import type { FieldTest, FilterOperator } from '../model/filter.ts'
import { type Test, tests } from '../query/match.ts'
import { isNear } from './distance.ts'

/** Holds for text only. */
const ofText =
  (holds: (text: string, wanted: string) => boolean): Test =>
  (value, wanted) =>
    typeof value === 'string' && holds(value, wanted as string)

const { gte, lte, in: isIn } = tests as Required<typeof tests>

/** Every operator. */
const all: Readonly<Record<FilterOperator, Test>> = {
  ...(tests as Required<typeof tests>),
  notIn: (value, wanted, record) => !isIn(value, wanted, record),
  between: (value, wanted, record) => {
    const [least, greatest] = wanted as readonly [Json, Json]
    return gte(value, least, record) && lte(value, greatest, record)
  },
  isNull: (value, wanted) => (value === null) === wanted,
  contains: ofText((text, wanted) => text.includes(wanted)),
  endsWith: ofText((text, wanted) => text.endsWith(wanted)),
  matches: ofText((text, wanted) => new RegExp(wanted).test(text)),
  has: (value, wanted, record) => Array.isArray(value) && isIn(wanted, value, record),
  hasAny: (value, wanted, record) => (wanted as readonly Json[]).some((one) => all.has(value, one, record)),
  near: isNear,
}

/** Text in upper case, also in lists. */
const inUpperCase = (value: Json): Json => {
  if (typeof value === 'string') return value.toUpperCase()
  return Array.isArray(value) ? value.map(inUpperCase) : value
}

/** The code for a test; `undefined`: there is no such operator. */
export function testFor({ is, ignoreCase }: Pick<FieldTest, 'is' | 'ignoreCase'>): Test | undefined {
  if (!Object.hasOwn(all, is)) return undefined
  if (!ignoreCase) return all[is]
  // A pattern in upper case would be another pattern: \d and \D.
  if (is === 'matches') return ofText((text, wanted) => new RegExp(wanted, 'i').test(text))
  return (value, wanted, record) => all[is](inUpperCase(value), inUpperCase(wanted), record)
}

/** Names of all operators. */
export const names: readonly string[] = Object.keys(all)
