import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Commits } from './commit.ts'
import { listOf } from './proto.ts'
import type { Caller } from './rules.ts'

/** One Write stream: a greeting, then a commit for each message, in order. */
export class WriteStream {
  readonly #commits: Commits
  readonly #caller: Caller
  readonly #send: (message: Json) => void
  #messages = 0

  constructor(commits: Commits, caller: Caller, send: (message: Json) => void) {
    this.#commits = commits
    this.#caller = caller
    this.#send = send
  }

  close(): void {
    this.#messages = 0
  }

  /** A `WriteRequest` of the client. @throws StatusError */
  receive(message: JsonObject): void {
    const streamToken = btoa(String(this.#messages))
    this.#messages += 1
    if (this.#messages === 1) return this.#send({ streamId: 'stream', streamToken })
    const writes = listOf(message['writes'], 'writes') as JsonObject[]
    this.#send({ streamToken, ...(this.#commits.commit(writes, this.#caller) as unknown as JsonObject) })
  }
}
