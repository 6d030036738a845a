interface Compare<V> {
  readonly eq?: V
  readonly ne?: V
  readonly gt?: V
  readonly gte?: V
  readonly lt?: V
  readonly lte?: V
  readonly in?: readonly V[]
}
interface Text {
  readonly startsWith?: string
}
type Operators<V> = Compare<V | null> & (V extends string ? Text : unknown)

/**
 * Conditions on a record as plain data. A bare value means `eq`. Several fields, and several operators of one field, must all
 * hold. See `Filter` for the exact meaning of each operator.
 */
export type Where<T> = { readonly [F in keyof T]?: T[F] | Operators<NonNullable<T[F]>> } & {
  readonly AND?: readonly Where<T>[]
  readonly OR?: readonly Where<T>[]
  readonly NOT?: Where<T>
}

/** A query as plain data; the same object serves `query`, `count` and `watchQuery`. */
export interface Query<T> {
  readonly where?: Where<T>
  /** Fields in the order they count. `null` and absent values come first ascending; ties are ordered by id. Default: by id. */
  readonly orderBy?: { readonly [F in keyof T]?: 'asc' | 'desc' }
  /** At most so many records. `undefined`: all. */
  readonly limit?: number
  /** How many records to pass over first. Default 0. */
  readonly offset?: number
}
