/**
 * What the adapter needs of the app's own client: any client of `@supabase/supabase-js` 2 has it, typed for a database or
 * not. Named by shape, so that two copies or versions of that package in one app do no harm.
 */
export interface SupabaseLike {
  readonly auth: object
  readonly realtime: { endpointURL(): string }
  from(table: string): unknown
  rpc(name: string, parameters?: object): unknown
  channel(name: string, options?: { config: { private?: boolean } }): unknown
  removeChannel(channel: never): PromiseLike<unknown>
}

/** What PostgREST or the database said of a request it refused. */
export interface SaidError {
  readonly message?: unknown
  readonly code?: unknown
  readonly details?: unknown
}

/** How a request ended, as supabase-js tells it: it throws for nothing. `status` 0: there was no answer. */
export interface Result {
  readonly data: unknown
  readonly error: SaidError | null
  readonly count: number | null
  readonly status: number
}

/** A request of supabase-js on its way to be sent; `await` sends it. */
export interface Query extends PromiseLike<Result> {
  select(columns?: string): Query
  eq(column: string, value: string): Query
  gt(column: string, value: string): Query
  gte(column: string, value: string): Query
  or(filters: string): Query
  not(column: string, operator: string, value: string): Query
  order(column: string, options: { ascending: boolean; nullsFirst: boolean }): Query
  limit(rows: number): Query
  abortSignal(signal: AbortSignal): Query
  setHeader(name: string, value: string): Query
  /** Absent in versions that never retry. */
  retry?(on: boolean): Query
}

/** The requests that may be made of one table. */
export interface TableQueries {
  select(columns: string, options?: { count: 'exact' }): Query
  insert(row: object): Query
  update(fields: object): Query
  delete(): Query
}

/** A Realtime channel. */
export interface Channel {
  on(type: 'postgres_changes' | 'broadcast' | 'system', filter: object, told: (payload: unknown) => void): Channel
  subscribe(told: (status: string, error?: Error) => void): Channel
}

/** A client as the adapter uses it. */
export interface Client {
  readonly auth: object
  readonly realtime: { endpointURL(): string; setAuth(): Promise<void> }
  from(table: string): TableQueries
  rpc(name: string, parameters: object): Query
  channel(name: string, options?: { config: { private?: boolean } }): Channel
  removeChannel(channel: Channel): PromiseLike<unknown>
}
