import type { Host } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import { partsOf } from '../client/parts.ts'
import { invalidInput, refuseRest } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { maxLevels, normaliseWhere } from '../query/normalise.ts'
import { planQuery, type QueryPlan } from '../query/plan.ts'
import { type Place, placeOf } from './place.ts'

/**
 * Where an answer comes from. `localOnly`: this device. `remoteOnly`: the server, or the call fails. `localFirst`: this
 * device where it has any answer, else the server. `remoteFirst`: the server, or this device while the server cannot be had.
 */
export type ReadStrategy = 'localOnly' | 'remoteOnly' | 'localFirst' | 'remoteFirst'

/** How to ask. */
export interface FetchOptions {
  /** Default `remoteFirst`. */
  readonly strategy?: ReadStrategy
  /** Ends the call with `SYNC_ABORTED`. */
  readonly signal?: AbortSignal
}

/** A question about one collection, checked. */
export interface Ask {
  readonly host: Host
  readonly shape: CollectionShape
  readonly plan: QueryPlan
  /** Only what lies after it; absent: from the start. */
  readonly from: Place | undefined
  readonly strategy: ReadStrategy
  /** Ends with the app's signal, and with the client. */
  readonly signal: AbortSignal
}

const strategies: readonly unknown[] = ['localOnly', 'remoteOnly', 'localFirst', 'remoteFirst']

/**
 * Checks what the app asks; `parts` are those of a query that mean something here.
 * @throws SyncError `SYNC_INPUT_INVALID` naming what is wrong
 */
export function askOf(collection: object, given: unknown, options: unknown, ...parts: readonly string[]): Ask {
  const { host, shape } = partsOf(collection)
  if (!shape) throw invalidInput('fetch from a collection, not from the client')
  if (!isObject(given) || !isObject(options)) throw invalidInput('query and options must be objects')
  const stranger = Object.keys(given).find((part) => !parts.includes(part))
  if (stranger !== undefined) throw invalidInput(`a query over a remote has no "${stranger}", only ${parts.join(' ')}`)
  const { after, ...query } = { ...given } as { readonly after?: unknown; readonly where?: unknown }
  const { strategy = 'remoteFirst', signal, ...rest } = { ...options } as FetchOptions
  refuseRest('a fetch', rest)
  if (!strategies.includes(strategy)) throw invalidInput(`strategy must be one of ${strategies.join(' ')}`)
  if (signal && !(signal instanceof AbortSignal)) throw invalidInput('signal must be an AbortSignal')
  const plan = planQuery(query, host.operators)
  // What goes over a wire may be nested less.
  normaliseWhere(query.where ?? {}, host.operators, maxLevels.wire)
  return {
    host,
    shape,
    plan,
    from: after === undefined ? undefined : placeOf(plan.order, after),
    strategy,
    signal: AbortSignal.any([host.ended, ...(signal ? [signal] : [])]),
  }
}
