import type { JsonObject } from '@rowkeep/kernel'
import { type Double, type DoubleSocket, type ModelServer, modelServer } from '@rowkeep/kernel/testing'
import { answer, flawOf, operationOf } from './answers.ts'
import { callerOf } from './callers.ts'
import { handleHttp } from './http.ts'
import { type ItemStore, itemStore } from './items.ts'
import { publish, subscriptionRefusal } from './publishing.ts'
import { realtime } from './realtime.ts'
import { type Caller, resolvers } from './resolvers.ts'
import { type DoubleCollection, doubleSchema, models } from './schema.ts'
import type { Behaviour } from './writing.ts'

/** What {@link appsyncDouble} takes. Defaults are Amplify's, and what is believed of AppSync. */
export interface AppsyncDoubleOptions extends Partial<Behaviour> {
  /** The rows behind it. Default: a fresh model server. */
  readonly server?: ModelServer
}

/**
 * An AppSync API inside this process, with the models `Note` and `Task` under optimistic concurrency and an owner rule:
 * GraphQL over HTTP at `/graphql`, subscriptions over its WebSocket protocol. It takes the tokens `token-of-ada` and
 * `token-of-bob` as `Authorization` in any mode, and the key {@link doubleApiKey}; the methods below speak for `ada`.
 */
export interface AppsyncDouble extends Double {
  /** A host of AppSync's, another for each double, because Amplify keeps one connection for each. */
  readonly origin: string
  readonly socket: (socket: DoubleSocket) => void
  /** Live rows, by id; deleted ones left out. */
  rows(collection: DoubleCollection): Promise<readonly JsonObject[]>
  /** A create or an update by another device. @throws Error for a field that the model does not have */
  write(collection: DoubleCollection, row: JsonObject & { readonly id: string }): Promise<void>
  /** A deletion by another device. */
  remove(collection: DoubleCollection, id: string): Promise<void>
  /** From now on refuses ada's writes to this row, as an authorization rule would. */
  forbid(collection: DoubleCollection, id: string): Promise<void>
  /** Lets more time pass than deleted rows are kept. */
  expire(): Promise<void>
  /** Closes its sockets. */
  close(): Promise<void>
}

const owner = 'ada'
const minute = 60_000

let doubles = 0

function freshOrigin(): string {
  doubles += 1
  return `https://${doubles.toString(36).padStart(26, 'a')}.appsync-api.eu-west-1.amazonaws.com`
}

/** The methods of the double that are not the API's. */
function backstage(
  store: ItemStore,
  server: ModelServer,
  baseTableTtlMs: number,
): Omit<AppsyncDouble, keyof Double | 'close'> {
  const stamps = (before: string | undefined): JsonObject => {
    const now = new Date(store.now()).toISOString()
    return { createdAt: before ?? now, updatedAt: now }
  }
  const put = (collection: DoubleCollection, id: string, fields: JsonObject): void => {
    const before = store.get(collection, id)?.attributes
    const kept = before?.['_m'] === undefined ? {} : { _m: before['_m'] }
    store.put(collection, {
      id,
      owner,
      attributes: { ...fields, ...kept, ...stamps(before?.['createdAt'] as string | undefined) },
    })
  }
  return {
    async rows(collection) {
      return store.scan(collection).flatMap(({ id, owner: whose, deleted, attributes }) => {
        if (deleted || whose !== owner) return []
        const { _m, createdAt, updatedAt, ...fields } = attributes
        return [{ id, ...fields }]
      })
    },
    async write(collection, { id, ...fields }) {
      const stranger = Object.keys(fields).find((field) => !Object.hasOwn(models[collection].fields, field))
      if (stranger !== undefined) throw new Error(`${models[collection].name} has no field ${stranger}`)
      put(collection, id, fields)
    },
    async remove(collection, id) {
      const { _deleted, ...fields } = store.get(collection, id)?.attributes ?? {}
      put(collection, id, { ...fields, _deleted: true })
    },
    async forbid(collection, id) {
      server.forbid(collection, id)
    },
    async expire() {
      store.age(baseTableTtlMs + minute)
    },
  }
}

/** A fresh, empty API. */
export function appsyncDouble({
  server = modelServer(),
  deltaTableTtlMs = 30 * minute,
  baseTableTtlMs = 30 * 24 * 60 * minute,
  conflictData = true,
  revives = true,
}: AppsyncDoubleOptions = {}): AppsyncDouble {
  const schema = doubleSchema()
  const store = itemStore(server, baseTableTtlMs)
  // What the mutation under way selects. Writes are done in one go, so there is never more than one.
  let selection: ReadonlySet<string> | undefined
  const announce = (selected: ReadonlySet<string>): (() => void) => {
    selection = selected
    return () => {
      selection = undefined
    }
  }
  const root = resolvers(store, server, { deltaTableTtlMs, baseTableTtlMs, conflictData, revives }, announce)
  const authorize = (header: (name: string) => string | null): Caller => callerOf(server, header)
  const live = realtime({
    authorize,
    refusal: (operation, caller) => subscriptionRefusal(schema, operation, caller as Caller),
  })
  server.watch((row, before) => {
    const item = row && store.get(row.table, row.id)
    if (item) void publish(schema, live.listening, { row, before, item, selection })
  })
  return {
    origin: freshOrigin(),
    fetch: (request) =>
      handleHttp(request, authorize, async (body, caller) => {
        const operation = operationOf(body)
        return flawOf(schema, operation) ?? answer(schema, operation, root, caller)
      }),
    socket: (socket) => live.accept(socket),
    ...backstage(store, server, baseTableTtlMs),
    async close() {
      live.close()
    },
  }
}
