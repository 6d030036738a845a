import type { Json, JsonObject } from '@rowkeep/kernel'

/** Which SDK speaks. */
export type ClientName = 'full' | 'lite' | 'admin'

/** Fields as a script writes them, with what {@link Values} makes among them. */
export type Data = Readonly<Record<string, unknown>>

/** What each SDK has a class or a function of its own for. */
export interface Values {
  now(): unknown
  plus(by: number): unknown
  union(...items: readonly Json[]): unknown
  without(...items: readonly Json[]): unknown
  gone(): unknown
  time(seconds: number, nanoseconds: number): unknown
  bytes(base64: string): unknown
  point(latitude: number, longitude: number): unknown
  reference(path: string): unknown
}

/** Writes that wait for their commit. */
export interface Writer {
  set(path: string, data: Data): void
  merge(path: string, data: Data): void
  update(path: string, data: Data): void
  /** One field, by the segments of its path. */
  updateAt(path: string, segments: readonly string[], value: unknown): void
  remove(path: string): void
}

/** A transaction: reads come before writes. */
export interface Transacting extends Writer {
  read(path: string): Promise<JsonObject | null>
}

/** Operators that a script may ask for. */
type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'array-contains'

/** A query; the field `__name__` is the document's id. */
export interface Wanted {
  readonly collection: string
  readonly where?: readonly (readonly [field: string, operator: Operator, value: unknown])[]
  readonly order?: readonly (readonly [field: string, direction: 'asc' | 'desc'])[]
  readonly from?: readonly ['startAt' | 'startAfter', ...unknown[]]
  readonly to?: readonly ['endAt' | 'endBefore', ...unknown[]]
  readonly first?: number
  readonly last?: number
}

/** What a listener is told. */
export interface Heard {
  /** In the order of the query. */
  readonly documents: readonly { readonly id: string; readonly fields: JsonObject }[]
  /** `added a`, `modified a`, `removed a`. */
  readonly changes: readonly string[]
}

/** Hears of a query. */
export interface Hearing {
  heard(heard: Heard): void
  /** With the canonical code, lower case and hyphens. */
  failed(code: string): void
}

/** What scripts ask of an official SDK. What it reads comes as JSON, by `plainOf`. */
export interface Client {
  readonly name: ClientName
  readonly values: Values
  /** All or none. One write alone goes the SDK's way for a single one. */
  write(fill: (writer: Writer) => void): Promise<void>
  read(path: string): Promise<JsonObject | null>
  find(wanted: Wanted): Promise<readonly { readonly id: string; readonly fields: JsonObject }[]>
  count(wanted: Wanted): Promise<number>
  transact(run: (transaction: Transacting) => Promise<void>, attempts?: number): Promise<void>
  /** Writes a document that is not there; `meanwhile` runs before the write goes out, but after all that is read for it. */
  create(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void>
  /** Updates a document that has not changed since it was read; `meanwhile` runs in between. */
  updateUnchanged(path: string, data: Data, meanwhile?: () => Promise<void>): Promise<void>
  /** Absent: the SDK has no listeners. The result ends it. */
  listen?(wanted: Wanted, hearing: Hearing): () => void
  /** One document; `null`: it is not there. Absent: the SDK has no listeners. */
  listenTo?(path: string, heard: (fields: JsonObject | null) => void): () => void
  close(): Promise<void>
}
