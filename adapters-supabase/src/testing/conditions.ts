import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Condition } from './grammar.ts'
import { Refusal, unknownHere, unparsed } from './refusal.ts'
import type { ColumnType, Shape } from './shapes.ts'
import { compare, fromText } from './values.ts'

/** SQL's three values; null is unknown. */
type Truth = boolean | null

type Leaf = Extract<Condition, { readonly column: string }>

/** The type of a column. @throws Refusal `42703` */
export function typeOf({ name, columns }: Shape, column: string): ColumnType {
  const type = columns.get(column)
  if (type === undefined) throw new Refusal(400, '42703', `column ${name}.${column} does not exist`)
  return type
}

const orders: { readonly [operator: string]: (order: number) => boolean } = {
  eq: (order) => order === 0,
  neq: (order) => order !== 0,
  gt: (order) => order > 0,
  gte: (order) => order >= 0,
  lt: (order) => order < 0,
  lte: (order) => order <= 0,
}

function is(value: Json, type: ColumnType, word: string): boolean {
  if (word === 'null') return value === null
  if (word === 'not_null') return value !== null
  if (!['true', 'false', 'unknown'].includes(word)) throw unparsed('filter', `is.${word}`)
  if (type !== 'boolean') throw new Refusal(400, '42804', `argument of IS ${word.toUpperCase()} must be type boolean`)
  return word === 'unknown' ? value === null : value === (word === 'true')
}

/** `like`, where PostgREST takes `*` for `%`. */
function isLike(value: Json, type: ColumnType, pattern: string): boolean {
  if (type !== 'text') throw new Refusal(404, '42883', `operator does not exist: ${type} ~~ unknown`)
  const source = pattern.replace(/[*%]|_|\\?[\s\S]/g, (part) => {
    if (part === '*' || part === '%') return '[^]*'
    return part === '_' ? '[^]' : part.slice(-1).replace(/[^A-Za-z0-9]/, '\\$&')
  })
  return new RegExp(`^${source}$`).test(String(value))
}

function leaf({ column, operator, values }: Leaf, row: JsonObject, type: ColumnType): Truth {
  const value = row[column] ?? null
  const [word = ''] = values
  if (operator === 'is') return is(value, type, word.toLowerCase())
  if (operator === 'match') throw unknownHere('regular expressions')
  const holds = orders[operator]
  if (operator === 'in') {
    const wanted = values.map((text) => fromText(type, text))
    return value === null ? null : wanted.some((one) => compare(type, value, one) === 0)
  }
  if (operator === 'like') return value === null ? null : isLike(value, type, word)
  const wanted = fromText(type, word)
  return value === null ? null : (holds?.(compare(type, value, wanted)) ?? null)
}

function group(join: 'and' | 'or', parts: readonly Truth[]): Truth {
  const decides = join === 'or'
  if (parts.includes(decides)) return decides
  return parts.includes(null) ? null : !decides
}

/** Whether a row fits, by SQL's rules. @throws Refusal for an unknown column, or a value its type cannot hold */
export function truthOf(condition: Condition, row: JsonObject, shape: Shape): Truth {
  const truth =
    'column' in condition
      ? leaf(condition, row, typeOf(shape, condition.column))
      : group(
          condition.join,
          condition.parts.map((part) => truthOf(part, row, shape)),
        )
  return condition.not && truth !== null ? !truth : truth
}

/** Looks at the names and values of a condition, whether or not there is a row to try it on. */
export function check(condition: Condition, shape: Shape): void {
  truthOf(condition, Object.fromEntries([...shape.columns.keys()].map((name) => [name, null])), shape)
}
