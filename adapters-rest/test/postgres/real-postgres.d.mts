import type { Pool } from 'pg'

/** Why no real server can be started here; `undefined`: one can. */
export declare const unavailable: string | undefined

/** A server of its own: a throw-away cluster in a temporary folder, reached by a socket in it. */
export interface RealPostgres {
  readonly pool: Pool
  stop(): Promise<void>
}

/** Starts one; call only where {@link unavailable} is undefined. */
export declare function startPostgres(): Promise<RealPostgres>
