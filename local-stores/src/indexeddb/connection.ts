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
    for (let isAgain = false; ; isAgain = true) {
      const opening = this.#connect(false)
      try {
        return await transact(await opening, mode, this.#terms, work)
      } catch (thrown) {
        if (!(thrown instanceof ConnectionLost)) throw thrown
        // Browsers tell of a closed connection later than it fails.
        this.#forget(opening)
        if (!isAgain) continue
        const message = 'the browser closed the database twice in a row'
        throw new SyncError('SYNC_STORE_FAILED', { message, cause: thrown })
      }
    }
  }

  /** Gives the connection up; transactions under way end first. */
  async close(): Promise<void> {
    const db = await this.#db?.catch(() => undefined)
    db?.close()
  }

  #connect(create: boolean): Promise<IDBDatabase> {
    if (this.#db) return this.#db
    const gone = (): void => this.#forget(opening)
    const opening = connect({ database: this.#database, env: this.#terms.env, create, gone })
    this.#db = opening
    opening.catch(gone)
    return opening
  }

  #forget(opening: Promise<IDBDatabase>): void {
    if (this.#db === opening) this.#db = undefined
  }
}
