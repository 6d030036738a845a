import type { Row } from '../devices/app.ts'

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  )
}

/** The JSON of a value, the same whatever the order of its fields. */
export const textOf = (value: unknown): string => JSON.stringify(sorted(value))

/** Whether both are the same rows, in whatever order. */
export const sameRows = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.map(textOf).sort().join() === b.map(textOf).sort().join()

/** A migrated record keeps its old shape at rest until it changes: the new one has `done` where the old one has nothing. */
export const asMigrated = (rows: readonly Row[]): readonly Row[] =>
  rows.map(({ done, ...row }) => (done === true ? { ...row, done } : row))
