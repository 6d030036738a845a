import type { SharedPlugin } from '../client/options.ts'
import type { Json } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { compareValues } from '../model/compare.ts'
import { borrowEnv } from './borrowed-env.ts'
import { checkNames, checkOptions } from './options.ts'
import { keepStamps, resolveStamped } from './stamps.ts'

/** Which fields {@link timestamps} fills, and how. At least one of `created` and `updated`. */
export interface TimestampsOptions {
  /** Field for the time of creation. Absent: not kept. */
  readonly created?: string
  /** Field for the time of the newest change, the creation included. Absent: not kept. */
  readonly updated?: string
  /** `iso` (default): ISO 8601 text in UTC, with milliseconds. `ms`: a number of milliseconds since the epoch. */
  readonly format?: 'iso' | 'ms'
  /** `true`: a creation gets the stamps even where the app gave its own. Default `false`: what the app gave stays. */
  readonly overwrite?: boolean
  /** Only these collections. Default: all of the client. */
  readonly collections?: readonly string[]
}

type Fields = Readonly<Record<string, unknown>>

// oxlint-disable-next-line no-restricted-globals -- a calculation: the time comes from Env
const isoOf = (ms: number): string => new Date(ms).toISOString()

function check(options: TimestampsOptions): void {
  checkOptions('timestamps', options, ['created', 'updated', 'format', 'overwrite', 'collections'])
  const { created, updated, format = 'iso', overwrite = false, collections } = options
  const named = [created, updated].filter((field) => field !== undefined)
  checkNames('timestamps', 'created and updated', named)
  if (named.length === 0 || created === updated) throw invalidConfig('timestamps() needs created, updated, or both')
  if (format !== 'iso' && format !== 'ms') throw invalidConfig('timestamps(): format must be "iso" or "ms"')
  if (typeof overwrite !== 'boolean') throw invalidConfig('timestamps(): overwrite must be true or false')
  checkNames('timestamps', 'collections', collections)
}

/** A change with the stamp of now, if it changes anything. */
function stampChange(change: object, stamped: readonly string[], updated: string | undefined, now: Json): Fields {
  const kept = keepStamps(change, stamped)
  return updated === undefined || Object.keys(kept).length === 0 ? kept : { ...kept, [updated]: now }
}

/**
 * Fills fields with the time of creation and of the newest change, by the device's clock. The fields must be optional in the
 * schema: a draft is checked before it is stamped. Two devices that change different fields still merge silently: a conflict at
 * nothing but the stamps is not put to the resolver, and ends with the later one.
 *
 * @example use: [timestamps({ created: 'createdAt', updated: 'updatedAt' })]
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option
 */
export function timestamps(options: TimestampsOptions): SharedPlugin {
  check(options)
  const { created, updated, format, overwrite, collections } = { ...options }
  const stamped = [created, updated].filter((field) => field !== undefined)
  const borrowed = borrowEnv('timestamps')
  const now = (): Json => (format === 'ms' ? borrowed.env().now() : isoOf(borrowed.env().now()))
  const concerns = (collection: string): boolean => collections?.includes(collection) ?? true
  return {
    name: 'timestamps',
    setup: borrowed.setup,
    middleware: {
      create: (operation, next) => {
        if (!concerns(operation.collection)) return next()
        const time = now()
        const stamps = Object.fromEntries(stamped.map((field) => [field, time]))
        const record = operation.record as Fields
        return next({ ...operation, record: overwrite ? { ...record, ...stamps } : { ...stamps, ...record } })
      },
      update: (operation, next) =>
        concerns(operation.collection)
          ? next({ ...operation, change: stampChange(operation.change, stamped, updated, now()) })
          : next(),
      resolve: resolveStamped({ fields: stamped, newest: updated, newer: (a, b) => compareValues(a, b) > 0 }, concerns),
    },
  }
}
