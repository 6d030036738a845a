import type { Fields } from '@rowkeep/kernel/adapters'

/** A table of the app's own, as the options describe it. */
export interface Table {
  /** Whose records it keeps. */
  readonly collection: string
  /** In PostgreSQL. */
  readonly name: string
  /** `undefined`: the one the client was made for. */
  readonly schema: string | undefined
  readonly id: string
  readonly updatedAt: string
  /** `undefined`: the revision is `updatedAt`. */
  readonly version: string | undefined
  /** The boolean that marks a deleted row. `undefined`: rows are deleted for good. */
  readonly deleted: string | undefined
  /** Columns that are no part of a record, those above but the id included. */
  readonly hidden: ReadonlySet<string>
  /** What columns hold that JSON has no type for. */
  readonly fields: Fields
}

/** The column that a write is made for a value of. */
export const revisionColumn = ({ version, updatedAt }: Table): string => version ?? updatedAt

/** The columns that tell a row's place and version. */
export const headColumns = ({ id, updatedAt, version }: Table): readonly string[] =>
  version === undefined ? [id, updatedAt] : [id, updatedAt, version]

/** The command that prints what the table needs. */
export function setupCommand({ name, schema, id, updatedAt, version, deleted }: Table): string {
  return [
    `npx @rowkeep/adapters-supabase plain ${schema === undefined ? '' : `${schema}.`}${name}`,
    ...(id === 'id' ? [] : [`--id=${id}`]),
    ...(updatedAt === 'updated_at' ? [] : [`--updated-at=${updatedAt}`]),
    ...(deleted === undefined ? [] : [`--deleted=${deleted}`]),
    ...(version === undefined ? [] : [`--version=${version}`]),
  ].join(' ')
}

/** What to do where the table, or a column of it, is not there. */
export const setupOf = (table: Table): string =>
  `the collection "${table.collection}" is looked for in the table "${table.name}" (plainTables has the option collections for another name); what a table needs is printed by ${setupCommand(table)}`
