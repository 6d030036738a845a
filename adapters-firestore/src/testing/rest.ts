import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Commits } from './commit.ts'
import { splitName } from './documents.ts'
import { isObject, listOf, objectOf, textOf } from './proto.ts'
import { namedDoc, type Reads } from './reads.ts'
import type { Caller } from './rules.ts'
import { invalid, StatusError } from './status.ts'
import type { Transactions } from './transactions.ts'

/** One call: the resource in its URL, its body, and who makes it. */
export interface RestCall {
  /** `projects/.../documents` and what follows, before the colon. */
  readonly resource: string
  readonly verb: string
  readonly body: JsonObject
  readonly caller: Caller
}

/** The v1 REST API, as far as the SDKs use it. */
export class RestApi {
  readonly #reads: Reads
  readonly #commits: Commits
  readonly #transactions: Transactions

  constructor(reads: Reads, commits: Commits, transactions: Transactions) {
    this.#reads = reads
    this.#commits = commits
    this.#transactions = transactions
  }

  /** @throws StatusError */
  answer(call: RestCall): Json {
    switch (call.verb) {
      case 'batchGet':
        return this.#batchGet(call)
      case 'runQuery':
        return this.#runQuery(call)
      case 'runAggregationQuery':
        return this.#aggregate(call)
      case 'commit':
        return this.#commit(call)
      case 'beginTransaction':
        return { transaction: this.#transactions.begin() }
      case 'rollback':
        this.#transactions.rollback(textOf(call.body['transaction'], 'transaction'))
        return {}
      default:
        throw new StatusError('UNIMPLEMENTED', `This double has no method ${call.verb}.`)
    }
  }

  /** The transaction a read belongs to; one that it begins is told with the first result. */
  #transactionOf({ body }: RestCall): { readonly id: string | undefined; readonly begun: JsonObject } {
    if (isObject(body['newTransaction'])) {
      const transaction = this.#transactions.begin()
      return { id: transaction, begun: { transaction } }
    }
    return { id: typeof body['transaction'] === 'string' ? body['transaction'] : undefined, begun: {} }
  }

  #batchGet(call: RestCall): Json {
    const { id, begun } = this.#transactionOf(call)
    const readTime = this.#reads.documents.readTime()
    return listOf(call.body['documents'], 'documents').map((one, at) => {
      const name = textOf(one, 'documents')
      const doc = this.#reads.get(name, call.caller)
      if (id !== undefined) this.#transactions.read(id, name)
      const found: JsonObject = doc ? { found: { name, ...(doc as unknown as JsonObject) } } : { missing: name }
      return { ...found, readTime, ...(at === 0 ? begun : {}) }
    })
  }

  #runQuery(call: RestCall): Json {
    const { database, path } = splitName(call.resource)
    const { id, begun } = this.#transactionOf(call)
    const query = this.#reads.query(
      database,
      path,
      objectOf(call.body['structuredQuery'], 'structured_query'),
      call.caller,
    )
    const readTime = this.#reads.documents.readTime()
    const found = this.#reads.run(query).map((one) => namedDoc(database, one))
    for (const { name } of found) if (id !== undefined) this.#transactions.read(id, String(name))
    if (found.length === 0) return [{ readTime, ...begun }]
    return found.map((document, at) => ({ document, readTime, ...(at === 0 ? begun : {}) }))
  }

  #aggregate(call: RestCall): Json {
    const { database, path } = splitName(call.resource)
    const wanted = objectOf(call.body['structuredAggregationQuery'], 'structured_aggregation_query')
    const query = this.#reads.query(
      database,
      path,
      objectOf(wanted['structuredQuery'], 'structured_query'),
      call.caller,
    )
    const names = listOf(wanted['aggregations'], 'aggregations').map((one) => {
      const aggregation = objectOf(one, 'aggregations')
      if (!isObject(aggregation['count'])) throw new StatusError('UNIMPLEMENTED', 'This double only counts.')
      return textOf(aggregation['alias'], 'alias')
    })
    const count = { integerValue: String(this.#reads.count(query)) }
    const aggregateFields = Object.fromEntries(names.map((name) => [name, count]))
    return [{ result: { aggregateFields }, readTime: this.#reads.documents.readTime() }]
  }

  #commit({ body, caller }: RestCall): Json {
    const { transaction } = body
    if (transaction !== undefined) this.#transactions.end(textOf(transaction, 'transaction'))
    return this.#commits.commit(listOf(body['writes'], 'writes') as JsonObject[], caller) as unknown as Json
  }
}

/** The largest body taken, bytes: 10 MiB and some. */
const mostBytes = 11_534_336

/** The body of a call. The SDKs send JSON as `text/plain`, which spares browsers a preflight. */
export function bodyOf(text: string): JsonObject {
  if (new TextEncoder().encode(text).length > mostBytes)
    throw invalid(`Request payload size exceeds the limit: ${mostBytes} bytes.`)
  try {
    const value: unknown = text === '' ? {} : JSON.parse(text)
    if (isObject(value)) return value
  } catch (cause) {
    throw Object.assign(invalid('Invalid JSON payload received.'), { cause })
  }
  throw invalid('Invalid JSON payload received.')
}
