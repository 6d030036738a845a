/** Operators of every field. `null` operands are allowed: an absent field is like one that is `null`. */
interface Equality<V> {
  readonly eq?: V
  readonly ne?: V
  readonly in?: readonly V[]
  readonly notIn?: readonly V[]
  readonly isNull?: boolean
}
/** Operators of fields whose values have an order. */
interface Ordering<V> {
  readonly gt?: V
  readonly gte?: V
  readonly lt?: V
  readonly lte?: V
  readonly between?: readonly [least: V, greatest: V]
}
interface Text {
  readonly contains?: string
  readonly startsWith?: string
  readonly endsWith?: string
  readonly matches?: string
}
interface Many<E> {
  readonly has?: E
  readonly hasAny?: readonly E[]
}
interface Folding {
  readonly ignoreCase?: boolean
}
interface Near {
  readonly near?: { readonly lat: number; readonly lng: number; readonly withinMeters: number }
}
interface Place {
  readonly lat: number
  readonly lng: number
}

/** `Then`, where some value of the union `V` is a `Kind`. */
type If<V, Kind, Then> = [Extract<V, Kind>] extends [never] ? unknown : Then
type List = readonly unknown[]
type ElementOf<V> = V extends readonly (infer E)[] ? E : never
type Operators<V> = Equality<V | null> &
  If<V, string | number | boolean, Ordering<V | null>> &
  If<V, string, Text & Folding> &
  If<V, List, Many<ElementOf<V>>> &
  If<V, readonly string[], Folding> &
  If<V, Place, Near>
/** A bare value means `eq`. An object cannot stand bare: it is read as operators. */
type Test<V> = Exclude<V, object | undefined> | Extract<V, List> | Operators<NonNullable<V>>

/** An object whose fields a dot path may name: no list, and no map of any names. */
type Nested<V> = V extends List ? never : V extends object ? (string extends keyof V ? never : V) : never
/** What is in the way of a path is absent, like `null`. */
type Child<V, F extends PropertyKey> = V extends unknown ? (F extends keyof V ? V[F] : undefined) : never
type Under<T, Depth extends readonly unknown[]> = Depth extends readonly [unknown, ...infer Less]
  ? {
      [F in keyof T & string]: [Nested<NonNullable<T[F]>>] extends [never]
        ? never
        : `${F}.${PathOf<Nested<NonNullable<T[F]>>, Less>}`
    }[keyof T & string]
  : never
type PathOf<T, Depth extends readonly unknown[]> = T extends unknown ? (keyof T & string) | Under<T, Depth> : never
/** Dot paths into nested objects, down to the third level. */
export type DotPath<T> = Under<T, [1, 1]>
type AtPath<T, P extends string> = P extends `${infer F}.${infer Rest}`
  ? F extends keyof T
    ? AtPath<Nested<NonNullable<T[F]>>, Rest>
    : never
  : T extends unknown
    ? Child<T, P>
    : never

/** What is in the way of a path may be absent. Not an empty object where there are no paths: it would let misspelt names pass. */
type Deep<T> = [DotPath<T>] extends [never] ? unknown : { readonly [P in DotPath<T>]?: Test<AtPath<T, P> | null> }

/**
 * Conditions on a record as plain data. A bare value means `eq`. Several fields, and several operators of one field, must all
 * hold; `ignoreCase` counts for every operator beside it. A name with dots is a path into nested objects, unless the record has
 * a field of that very name. See `Filter` for the exact meaning of each operator. Every client knows
 * `eq ne gt gte lt lte in startsWith`; the others are known with the option `operators`.
 */
export type Where<T> = { readonly [F in keyof T]?: Test<T[F]> } & Deep<T> & {
    readonly AND?: readonly Where<T>[]
    readonly OR?: readonly Where<T>[]
    readonly NOT?: Where<T>
  }

/** `null` and absent values are the least: first ascending, last descending, unless the direction says otherwise. */
export type Direction = 'asc' | 'desc' | 'asc nulls last' | 'desc nulls first'

/** A query as plain data; the same object serves `query`, `count` and `watchQuery`. */
export interface Query<T> {
  readonly where?: Where<T>
  /** Fields, or dot paths, in the order they count. Ties are ordered by id. Default: by id. */
  readonly orderBy?: { readonly [F in keyof T | DotPath<T>]?: Direction }
  /** At most so many records. `undefined`: all. */
  readonly limit?: number
  /** How many records to pass over first. Default 0. */
  readonly offset?: number
}
