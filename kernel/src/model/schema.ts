import type { StandardSchemaV1 } from '@standard-schema/spec'

/** A plain TypeScript type as a schema: no validation, no bytes, full inference. */
export function record<T extends object>(): StandardSchemaV1<T, T> {
  return { '~standard': { version: 1, vendor: 'rowkeep', validate: (value) => ({ value: value as T }) } }
}

/** Any Standard Schema (zod, valibot, arktype, or {@link record}). */
export type AnySchema = StandardSchemaV1<unknown, unknown>

/** How a collection is related to another; values come from `@rowkeep/kernel/relations`. */
export interface Relation<K extends string = string, To extends string = string, Fk extends string = string> {
  readonly kind: K
  /** The other collection. */
  readonly to: To
  /** The field that holds the other side's key: here for `belongsTo`, there for `hasMany`. */
  readonly foreignKey: Fk
  /** Internal: the code that puts relations on rows, brought along by value so that an app without relations has none of it. */
  readonly load: unknown
}

/** A collection given with more than its schema. */
export interface Definition {
  readonly schema: AnySchema
  /** Field, or fields, that identify a record. Default `id`. A composite id is the JSON text of the list of its values. */
  readonly key?: string | readonly string[]
  /** Fields, or lists of fields, to keep in order, so that queries on them need no scan. */
  readonly indexes?: readonly (string | readonly string[])[]
  readonly relations?: Readonly<Record<string, Relation>>
}

/** What an app gives as `collections`: a schema, or a {@link Definition}, by name. No word of any backend. */
export type Collections = Readonly<Record<string, AnySchema | Definition>>

type SchemaOf<D> = D extends StandardSchemaV1 ? D : D extends { readonly schema: infer S } ? S : never
/** The record type of a collection: its schema's output. */
export type Row<D> = SchemaOf<D> extends StandardSchemaV1<unknown, infer O> ? O : never
type KeyOf<D> = D extends { readonly key: infer K }
  ? K extends string
    ? K
    : K extends readonly (infer E extends string)[]
      ? E
      : never
  : 'id'
type DraftOf<I, K extends PropertyKey> = I extends unknown ? Omit<I, K> & Partial<Pick<I, K & keyof I>> : never
/** What `create` takes: the schema's input, with the key optional. */
export type Draft<D> = SchemaOf<D> extends StandardSchemaV1<infer I, unknown> ? DraftOf<I, KeyOf<D>> : never
/** A change of some fields; `undefined` removes a field that may be absent. */
export type Changes<T> = {
  readonly [F in keyof T]?: Record<never, never> extends Pick<T, F> ? T[F] | undefined : T[F]
}
type RelationsOf<D> = D extends { readonly relations: infer R } ? R : Record<never, never>

type FieldOf<D> = keyof Row<D> & string
type CheckRelation<C, Own, R> =
  R extends Relation<infer K, infer To, infer Fk>
    ? To extends keyof C & string
      ? Fk extends (K extends 'belongsTo' ? FieldOf<Own> : FieldOf<C[To]>)
        ? R
        : Relation<K, To, K extends 'belongsTo' ? FieldOf<Own> : FieldOf<C[To]>>
      : Relation<K, keyof C & string, string>
    : never
type OutputFitsInput<S> =
  S extends StandardSchemaV1<infer I, infer O>
    ? [O] extends [I]
      ? unknown
      : { readonly 'schema output must be valid input (defaults and refinements, no transforms)': never }
    : unknown
/** The collections again, with each mistake of a relation or schema as an error at its own place. */
export type Checked<C> = {
  readonly [N in keyof C]: OutputFitsInput<SchemaOf<C[N]>> &
    (C[N] extends { readonly relations: infer R }
      ? Omit<C[N], 'relations'> & { readonly relations: { readonly [P in keyof R]: CheckRelation<C, C[N], R[P]> } }
      : C[N])
}
type Related<C, R> =
  R extends Relation<infer K, infer To, string>
    ? To extends keyof C
      ? K extends 'hasMany'
        ? readonly Row<C[To]>[]
        : Row<C[To]> | undefined
      : never
    : never
/** Relations to load with a query, by name. */
export type WithOf<D> = { readonly [N in keyof RelationsOf<D>]?: true }
/** A record with the relations named in `with`. */
export type Loaded<C, D, W> = Row<D> & {
  readonly [N in keyof W & keyof RelationsOf<D>]: Related<C, RelationsOf<D>[N]>
}
