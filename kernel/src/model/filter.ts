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

/** One test of one field. `isNull` takes true or false. */
export interface FieldTest {
  readonly field: string
  readonly is: FilterOperator
  readonly value?: Json
  readonly ignoreCase?: true
}

/**
 * The app's `where`, normalised by the kernel: the only form an adapter sees, for feeds, conditional writes and remote
 * queries alike. Two-valued: a test is true or false, never unknown; an absent field tests like `null`; `ne` holds for
 * `null`; text is ordered by UTF-16 code unit; values of different types are never equal and never ordered.
 */
export type Filter =
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }
  | FieldTest
