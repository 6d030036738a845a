import type { Json } from '@rowkeep/kernel'

/**
 * A text as one value of a PostgREST filter list (`or=(...)`): quoted always, `"` and `\` escaped. supabase-js quotes none
 * of what it is given there.
 */
export const quoted = (text: string): string => `"${text.replace(/["\\]/g, (mark) => `\\${mark}`)}"`

/** A column name where a filter or a list of columns may hold any: plain names as they are, others quoted. */
export const columnName = (name: string): string => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : quoted(name))

/** A scalar as one value of a filter list. */
export const scalar = (value: Exclude<Json, null | object>): string =>
  typeof value === 'string' ? quoted(value) : String(value)
