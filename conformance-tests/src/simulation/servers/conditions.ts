import type { Filter } from '@rowkeep/kernel'
import type { Row } from '../devices/app.ts'

type Scalar = string | number | boolean

const isScalar = (value: unknown): value is Scalar => ['string', 'number', 'boolean'].includes(typeof value)

/** -1, 0 or 1 for two values of one type that has an order; `undefined` for others. */
function order(a: unknown, b: unknown): number | undefined {
  if (!isScalar(a) || !isScalar(b) || typeof a !== typeof b) return undefined
  return a < b ? -1 : a > b ? 1 : 0
}

const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

const tests: Readonly<Record<string, (value: unknown, operand: unknown) => boolean>> = {
  eq: equal,
  ne: (value, operand) => !equal(value, operand),
  gt: (value, operand) => order(value, operand) === 1,
  gte: (value, operand) => (order(value, operand) ?? -1) >= 0,
  lt: (value, operand) => order(value, operand) === -1,
  lte: (value, operand) => (order(value, operand) ?? 1) <= 0,
  in: (value, operand) => (operand as readonly unknown[]).some((one) => equal(value, one)),
}

/** Whether a row meets a condition, as this backend reads it: written anew, so that it shares no mistake with the client. */
export function meets(row: Row, condition: Filter): boolean {
  if ('all' in condition) return condition.all.every((one) => meets(row, one))
  if ('any' in condition) return condition.any.some((one) => meets(row, one))
  if ('not' in condition) return !meets(row, condition.not)
  const value = (row as unknown as Record<string, unknown>)[condition.field]
  return tests[condition.is]?.(value, condition.value) ?? false
}
