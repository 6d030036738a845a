import { SyncError } from '@rowkeep/kernel'
import { connect } from './database.ts'
import { ConnectionLost, type Terms, transact, type Work } from './transaction.ts'

/**
 * A database that is kept open. Browsers close connections (memory pressure, iOS in the background), and it is left when
 * another tab wants to delete or upgrade it; the next transaction opens it again, but never makes it anew.
 */
export class Connection {
  readonly #database: string
  readonly #terms: Terms
  #db: Promise<IDBDatabase> | undefined

  private constructor(database: string, terms: Terms) {
    this.#database = database
    this.#terms = terms
  }

  /** @throws SyncError see {@link connect} */
  static async open(database: string, terms: Terms): Promise<Connection> {
    const connection = new Connection(database, terms)
    await connection.#connect(true)
    return connection
  }

  /**
   * Runs `work` in one transaction; once more on a new connection if the one it had was lost without effect.
   * @throws SyncError see {@link transact} and {@link connect}; `SYNC_STORE_FAILED` where the second connection was lost too
   */
  async run<T>(mode: 'readonly' | 'readwrite', work: Work<T>): Promise<T> {
    try {
      return await transact(await this.#connect(false), mode, this.#terms, work)
    } catch (thrown) {
      if (!(thrown instanceof ConnectionLost)) throw thrown
    }
    try {
      return await transact(await this.#connect(false), mode, this.#terms, work)
    } catch (cause) {
      if (!(cause instanceof ConnectionLost)) throw cause
      throw new SyncError('SYNC_STORE_FAILED', { message: 'the browser closed the database twice in a row', cause })
    }
  }

  /** Gives the connection up; transactions under way end first. */
  async close(): Promise<void> {
    const db = await this.#db?.catch(() => undefined)
    db?.close()
  }

  #connect(create: boolean): Promise<IDBDatabase> {
    const forget = (): void => {
      if (this.#db === opening) this.#db = undefined
    }
    if (this.#db) return this.#db
    const opening = connect({ database: this.#database, env: this.#terms.env, create, gone: forget })
    this.#db = opening
    opening.catch(forget)
    return opening
  }
}
