import type { LiveRemote, RemoteAdapter } from '../../src/index.ts'
import { TestServer } from './server.ts'

/** A backend with an account for each user: rows of one are nowhere in another's, and each call is answered from its own user's. */
export class Accounts {
  readonly #servers = new Map<string, TestServer>()

  of(user: string): TestServer {
    const server = this.#servers.get(user) ?? new TestServer()
    this.#servers.set(user, server)
    return server
  }

  /** Every call so far, of all users. */
  get calls(): number {
    return [...this.#servers.values()].reduce((sum, { calls }) => sum + calls.length, 0)
  }

  adapter(): RemoteAdapter & LiveRemote {
    const one = new TestServer().adapter()
    return {
      ...one,
      pull: (request, context) => this.of(context.user).adapter().pull(request, context),
      push: (request, context) => this.of(context.user).adapter().push(request, context),
      subscribe: (feed, listener, context) => this.of(context.user).adapter().subscribe(feed, listener, context),
    }
  }
}
