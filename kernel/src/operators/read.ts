import { invalidInput } from '../errors/sync-error.ts'
import type { FieldTest, FilterOperator } from '../model/filter.ts'
import { toJson } from '../model/value.ts'
import { own } from '../query/match.ts'
import type { ReadTest } from '../query/normalise.ts'
import { operands } from './operands.ts'
import { names, testFor } from './tests.ts'

const isCaseIgnored = (field: string, { ignoreCase }: { readonly ignoreCase?: unknown }): boolean => {
  if (ignoreCase === undefined || typeof ignoreCase === 'boolean') return ignoreCase ?? false
  throw invalidInput(`where.${field}.ignoreCase must be true or false`)
}

/** Knows every operator, and `ignoreCase` beside it. */
export const readEvery: ReadTest = (field, is, operand, beside) => {
  const ignoreCase = isCaseIgnored(field, beside)
  if (is === 'ignoreCase') return []
  const name = `where.${field}.${is}`
  if (!names.includes(is)) throw invalidInput(`${name} is no operator; known: ${names.join(' ')} ignoreCase`)
  const value = toJson(operand, name)
  const [fits, words] = operands[is as FilterOperator] ?? []
  if (fits && !fits(value)) throw invalidInput(`${name} must be ${words}`)
  const test: FieldTest = { field, is: is as FilterOperator, value, ...(ignoreCase && { ignoreCase }) }
  return [{ ...test, [own]: testFor(test) } as FieldTest]
}
