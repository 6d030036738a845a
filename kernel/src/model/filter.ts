import type { Json } from '../env/json.ts'

/** Operators of the app's `where`, by the same names. */
export type FilterOperator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'notIn'
  | 'between'
  | 'isNull'
  | 'contains'
  | 'startsWith'
  | 'endsWith'
  | 'matches'
  | 'has'
  | 'hasAny'
  | 'near'

/** One test of one field. */
export interface FieldTest {
  /**
   * A name, or a dot path into nested objects: where a record has no field of the whole name as its own, what stands before the
   * first dot names the object that the rest is looked for in. Paths do not lead into lists. What is not there is `null`.
   */
  readonly field: string
  readonly is: FilterOperator
  readonly value?: Json
  readonly ignoreCase?: true
}

/**
 * The app's `where`, normalised by the kernel: the only form an adapter sees, for feeds, conditional writes and remote
 * queries alike. Two-valued: a test is true or false, never unknown; an absent field tests like `null`; `ne` and `notIn` hold
 * for `null`; text is ordered by UTF-16 code unit; values of different types are never equal and never ordered.
 *
 * - `eq` `ne`: deep equality of JSON; the order of an object's fields does not matter.
 * - `gt` `gte` `lt` `lte`, and `between` a list of two, both included: two numbers, two texts or two booleans; false for others.
 * - `in` `notIn`: equal to one, or to none, of a list.
 * - `isNull`: whether the field is `null` or absent is as the operand, true or false, says.
 * - `contains` `startsWith` `endsWith`: text with that text in it, code unit by code unit; `''` is in every text.
 * - `matches`: text in which the regular expression (ECMAScript, without flags, its source at most 200 characters) matches
 *   somewhere. A pattern that backtracks without end blocks the thread: take none from a stranger.
 * - `has` `hasAny`: a list with an element that is equal to the operand, or to one of the operand's elements.
 * - `near`: `{ lat, lng }` in degrees, within `withinMeters` of the operand's, on a sphere of radius 6 371 009 m.
 *
 * `ignoreCase`: texts on both sides, also in lists, are compared in upper case (Unicode's full mapping, of no language: `ß` is
 * `SS`); `matches` gets the flag `i` instead.
 */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | FieldTest
