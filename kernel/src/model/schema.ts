import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { DotPath, Query } from './query.ts'

/** A plain TypeScript type as a schema: no validation, no bytes, full inference. */
export function record<T extends object>(): StandardSchemaV1<T, T> {
  return { '~standard': { version: 1, vendor: 'rowkeep', validate: (value) => ({ value: value as T }) } }
}

/** Any Standard Schema (zod, valibot, arktype, or {@link record}). */
export type AnySchema = StandardSchemaV1<unknown, unknown>

/**
 * What happens to records that refer to one that this device deletes. `none`: nothing, they refer to a record that is gone ·
 * `cascade`: they are deleted too · `restrict`: while there is one, nothing is deleted · `setNull`: they let go of it.
 * Deletions that come from the server do nothing here: what follows from them is for the server to do.
 */
export type OnDelete = 'none' | 'cascade' | 'restrict' | 'setNull'

type Fields = string | readonly string[]

/** How a collection is related to another; values come from `@rowkeep/kernel/relations`. */
export interface Relation<
  K extends string = string,
  To extends string = string,
  Fk extends Fields = Fields,
  Through extends string = string,
  Other extends Fields = Fields,
> {
  readonly kind: K
  /** The other collection. */
  readonly to: To
  /** The field, or fields, that hold the other side's key: here for `belongsTo`, else there, or in `through` this side's key. */
  readonly foreignKey: Fk
  /** What is done to the records with the foreign key. `undefined`: what the other side says, else `none`. */
  readonly onDelete: OnDelete | undefined
  /** Of `manyToMany`: the collection that joins both. */
  readonly through?: Through
  /** Of `manyToMany`: the field, or fields, of `through` that hold the other side's key. */
  readonly otherKey?: Other
  /** Internal: the code that makes relations work, brought along by value so that an app without them has none of it. */
  readonly bring: unknown
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
type EachOf<F> = F extends readonly (infer E)[] ? E : F
type SomeOf<F extends string> = F | readonly F[]
type CheckJoin<C, K extends string, To extends string, Through, Used, R> = Through extends keyof C & string
  ? [Used] extends [FieldOf<C[Through]>]
    ? R
    : Relation<K, To, SomeOf<FieldOf<C[Through]>>, Through, SomeOf<FieldOf<C[Through]>>>
  : Relation<K, To, Fields, keyof C & string>
type CheckKey<K extends string, To extends string, Fk, F extends string, R> =
  EachOf<Fk> extends F ? R : Relation<K, To, SomeOf<F>>
type CheckRelation<C, Own, R> =
  R extends Relation<infer K, infer To, infer Fk, infer Through, infer Other>
    ? To extends keyof C & string
      ? K extends 'manyToMany'
        ? CheckJoin<C, K, To, Through, EachOf<Fk | Other>, R>
        : CheckKey<K, To, Fk, K extends 'belongsTo' ? FieldOf<Own> : FieldOf<C[To]>, R>
      : Relation<K, keyof C & string>
    : never
type OutputFitsInput<S> =
  S extends StandardSchemaV1<infer I, infer O>
    ? [O] extends [I]
      ? unknown
      : { readonly 'schema output must be valid input (defaults and refinements, no transforms)': never }
    : unknown
/** `Check`, unless the names were computed: of those nothing is known but that they are text. */
type IfLiteral<Names, Check> = string extends Names ? unknown : Check
type CheckFields<D> = (D extends { readonly key: infer K }
  ? IfLiteral<EachOf<K>, { readonly key: K extends string ? FieldOf<D> : readonly FieldOf<D>[] }>
  : [FieldOf<D>] extends [never]
    ? unknown
    : 'id' extends FieldOf<D>
      ? unknown
      : { readonly 'there is no field "id": say which one is the key, { schema, key }': never }) &
  (D extends { readonly indexes: infer I }
    ? IfLiteral<EachOf<EachOf<I>>, { readonly indexes: readonly SomeOf<FieldOf<D> | DotPath<Row<D>>>[] }>
    : unknown)
/** The collections again, with each mistake of a field, relation or schema as an error at its own place. */
export type Checked<C> = {
  readonly [N in keyof C]: OutputFitsInput<SchemaOf<C[N]>> &
    CheckFields<C[N]> &
    (C[N] extends { readonly relations: infer R }
      ? Omit<C[N], 'relations'> & { readonly relations: { readonly [P in keyof R]: CheckRelation<C, C[N], R[P]> } }
      : C[N])
}
type TargetOf<C, R> = R extends { readonly to: infer To extends keyof C } ? C[To] : never
type IsMany<R> = R extends { readonly kind: 'hasMany' | 'manyToMany' } ? true : false
interface Nested<C, D> {
  readonly with?: WithOf<C, D>
}
/** How one relation is loaded: `true`, or with relations of its own; where it leads to many, also which of them. */
type LoadOf<C, R> =
  | true
  | (IsMany<R> extends true ? Query<Row<TargetOf<C, R>>> & Nested<C, TargetOf<C, R>> : Nested<C, TargetOf<C, R>>)
/** Relations to load with a query, by name; those of what they lead to likewise. */
export type WithOf<C, D> = { readonly [N in keyof RelationsOf<D>]?: LoadOf<C, RelationsOf<D>[N]> }
/** Refuses names that are no relation, at every level. */
export type CheckWith<C, D, W> = {
  readonly [N in keyof W]: N extends keyof RelationsOf<D>
    ? W[N] extends { readonly with: infer I }
      ? { readonly with: CheckWith<C, TargetOf<C, RelationsOf<D>[N]>, I> }
      : unknown
    : never
}

type LoadedBy<C, D, L> = L extends { readonly with: infer W } ? Loaded<C, D, W> : Row<D>
type Related<C, R, L> =
  IsMany<R> extends true ? readonly LoadedBy<C, TargetOf<C, R>, L>[] : LoadedBy<C, TargetOf<C, R>, L> | undefined
/** A record with the relations named in `with`. */
export type Loaded<C, D, W> = Row<D> & {
  readonly [N in keyof W & keyof RelationsOf<D>]: Related<C, RelationsOf<D>[N], W[N]>
}
