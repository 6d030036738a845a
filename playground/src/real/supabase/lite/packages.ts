import type { Installed } from '../../judge.ts'

/** What is used of the drivers below `@supabase/lite`: PGlite has `exec` and `query`, postgres.js has `unsafe`. */
interface PgliteDriver {
  exec(sql: string): Promise<unknown>
  query(sql: string, params: readonly string[]): Promise<{ readonly rows: readonly Row[] }>
}
interface PostgresDriver {
  unsafe(sql: string, params?: readonly string[]): Promise<readonly Row[]>
}

/** A row as a driver gives it. */
export type Row = Readonly<Record<string, unknown>>

/** A database as `@supabase/lite` holds it. */
export interface Connection<Driver = unknown> {
  readonly driver: Driver
  close(): Promise<void>
}

/** What is used of lite's `App`. */
export interface App {
  fetch(request: Request): Promise<Response>
  /** Makes the tables and functions of Auth. */
  ensureSystemSchema(): Promise<void>
}

/** What is used of `@supabase/lite` and its entry points. */
export interface LitePackages {
  readonly App: new (options: {
    readonly connection: Connection
    readonly auth: {
      readonly enabled: true
      readonly jwt_secret: string
      readonly publishable_key: string
      readonly secret_key: string
    }
  }) => App
  createPgliteConnection(options: object): Promise<Connection<PgliteDriver>>
  createPostgresConnection(options: {
    readonly url: string
    /** Of postgres.js. */
    readonly postgresOptions: { readonly path: string; readonly max: number; readonly onnotice: () => void }
  }): Connection<PostgresDriver>
}

/** Loads them from where they were installed. */
export async function litePackages({ load }: Installed): Promise<LitePackages> {
  const parts = await Promise.all(['', '/pglite', '/postgres'].map((entry) => load(`@supabase/lite${entry}`)))
  return Object.assign({}, ...(parts as object[])) as LitePackages
}
