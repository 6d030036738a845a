import { type Opened, reach } from '../client/host.ts'
import { operatorsOf } from '../client/write-one.ts'
import type {
  CallContext,
  QueriedRow,
  QueryableRemote,
  QueryPage,
  QueryRequest,
  RemoteAdapter,
} from '../contracts/remote-adapter.ts'
import { abortable } from '../errors/deadline.ts'
import { asSyncError, isSyncError, SyncError } from '../errors/sync-error.ts'
import type { Filter } from '../model/filter.ts'
import type { QueryPlan } from '../query/plan.ts'
import { callRemote } from '../sync/call.ts'
import type { SyncPorts } from '../sync/ports.ts'
import type { Ask } from './options.ts'

type Queryable = RemoteAdapter & QueryableRemote

function fieldsOf(filter: Filter): readonly string[] {
  if ('field' in filter) return [filter.field]
  if ('not' in filter) return fieldsOf(filter.not)
  return ('all' in filter ? filter.all : filter.any).flatMap(fieldsOf)
}

/** A path, or a field whose null stands at the other end: the contract has no word for them. */
const strangeIn = ({ filter, order }: QueryPlan): string | undefined =>
  [...fieldsOf(filter), ...order.map(({ field }) => field)].find((field) => field.includes('.')) ??
  order.find(({ descending, nullsLast }) => descending !== nullsLast)?.field

/** A remote that answers the question; an operator whose answers differ from the kernel's is one it has not. @throws SyncError `SYNC_UNSUPPORTED` */
function queryable(remote: RemoteAdapter, plan: QueryPlan): Queryable {
  const { name, capabilities } = remote
  const can: readonly string[] = capabilities.operators
  const refuse = (what: string): never => {
    throw new SyncError('SYNC_UNSUPPORTED', { message: `${name} ${what}` })
  }
  if (can.length === 0 || !('query' in remote)) refuse('answers no queries')
  const cannot = operatorsOf(plan.filter).find((operator) => !can.includes(operator))
  if (cannot !== undefined) refuse(`cannot answer "${cannot}" as this device does; it can ${can.join(' ')}`)
  const strange = strangeIn(plan)
  if (strange !== undefined) refuse(`cannot order or test by "${strange}"`)
  return remote as Queryable
}

/** The filter as it goes to the remote: none for one that holds always. */
export const filterOf = ({ plan: { filter } }: Ask): { readonly filter?: Filter } =>
  'all' in filter && filter.all.length === 0 ? {} : { filter }

/** How the remote is called, and in whose session. */
export interface Call {
  readonly opened: Opened
  readonly call: <T>(run: (remote: Queryable, context: CallContext) => Promise<T>) => Promise<T>
}

/**
 * Calls the remote, each call with the deadline of a request. Where the sign-in has run out the engine renews it, as for
 * everything that waits, and the call is made once more. All of it ends with the session it began in.
 * @throws SyncError `SYNC_UNSUPPORTED` and, offline or paused, `SYNC_NETWORK` before anything is sent; `SYNC_TIMEOUT` `SYNC_ABORTED`; what the remote says
 */
export async function callOf(ask: Ask): Promise<Call> {
  const { host, plan } = ask
  const opened = await reach(host)
  const signal = AbortSignal.any([ask.signal, opened.ending.signal])
  const remote = queryable(host.remote as RemoteAdapter, plan)
  const once = <T>(run: (remote: Queryable, context: CallContext) => Promise<T>): Promise<T> =>
    callRemote({ ...host, ...opened } as unknown as SyncPorts, signal, (context) => run(remote, context))
  const call: Call['call'] = async (run) => {
    try {
      return await once(run).catch(async (error: unknown) => {
        if (!isSyncError(error, 'SYNC_AUTH_REQUIRED') || !('refresh' in remote)) throw error
        await abortable(signal, (resolve, reject) => {
          opened.engine.synchronize().then(resolve, reject)
        })
        return once(run)
      })
    } catch (thrown) {
      throw asSyncError(thrown, 'SYNC_NETWORK')
    }
  }
  return { opened, call }
}

function checked({ rows, after }: QueryPage, { limit, after: asked }: QueryRequest): QueryPage {
  if (Array.isArray(rows) && rows.length <= limit && (after === null || after !== asked)) return { rows, after }
  throw new SyncError('SYNC_PROTOCOL', { message: 'more rows than were asked for, or an answer that leads nowhere' })
}

/** Rows of the remote, where they end, and in whose session they were asked for. */
export interface Answered {
  readonly opened: Opened
  readonly rows: readonly QueriedRow[]
  readonly after: string | null
}

/** The rows asked for, page by page until there are as many as the query's `limit`, or no more; and where they end. */
export async function askRows(ask: Ask): Promise<Answered> {
  const { host, shape, plan, from } = ask
  const { opened, call } = await callOf(ask)
  const rows: QueriedRow[] = []
  let after = from?.remote ?? null
  for (let more = true; more && rows.length < plan.limit; more = after !== null) {
    const { pageRows } = (host.remote as RemoteAdapter).capabilities.limits
    const request: QueryRequest = {
      collection: shape.name,
      ...filterOf(ask),
      ...(plan.order.length > 0 ? { order: plan.order.map(({ field, descending }) => ({ field, descending })) } : {}),
      limit: Math.min(plan.limit - rows.length, pageRows),
      ...(after === null ? {} : { after }),
    }
    const page = await call(async (remote, context) => checked(await remote.query(request, context), request))
    rows.push(...page.rows)
    after = page.after
  }
  return { opened, rows, after }
}
