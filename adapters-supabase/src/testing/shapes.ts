/** Types of columns, by their names in PostgreSQL. */
export type ColumnType =
  | 'text'
  | 'boolean'
  | 'double precision'
  | 'text[]'
  | 'bigint'
  | 'timestamptz'
  | 'numeric'
  | 'bytea'

/** Further columns of the table `notes`, by name. */
export type MoreColumns = Readonly<Record<string, ColumnType>>

/** A table: its columns in order. `id` is its primary key, `user_id` its owner by default. */
export interface Shape {
  readonly name: string
  readonly columns: ReadonlyMap<string, ColumnType>
}

const record: readonly (readonly [string, ColumnType])[] = [
  ['id', 'text'],
  ['title', 'text'],
  ['done', 'boolean'],
  ['n', 'double precision'],
  ['tags', 'text[]'],
]
const meta: readonly (readonly [string, ColumnType])[] = [
  ['user_id', 'text'],
  ['updated_at', 'timestamptz'],
]
const marks: readonly (readonly [string, ColumnType])[] = [
  ['version', 'bigint'],
  ['deleted', 'boolean'],
]

/** The tables of a double; `marked`: with a version and a mark for deleted rows. */
export function shapesOf(marked: boolean, more: MoreColumns = {}): ReadonlyMap<string, Shape> {
  const rest = marked ? [...meta, ...marks] : meta
  const shape = (name: string, own: readonly (readonly [string, ColumnType])[] = []): readonly [string, Shape] => [
    name,
    { name, columns: new Map([...record, ...own, ...rest]) },
  ]
  return new Map([shape('notes', Object.entries(more)), shape('tasks', [['place', 'text']])])
}

/** The columns that an app's records have. */
export const recordColumns = ({ columns }: Shape): readonly string[] =>
  [...columns.keys()].filter((name) => ![...meta, ...marks].some(([hidden]) => hidden === name))
