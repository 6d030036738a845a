import { SyncError } from '@rowkeep/kernel'
import { isObject } from '../json.ts'
import type { SyncHandlerOptions } from './handler.ts'
import type { SyncStorage } from './storage.ts'

const known: readonly (keyof SyncHandlerOptions)[] = [
  'storage',
  'authenticate',
  'collections',
  'basePath',
  'limits',
  'env',
  'report',
]

const wrong = (message: string): SyncError =>
  new SyncError('SYNC_CONFIG_INVALID', { message: `syncHandler: ${message}` })

const isStorage = (value: unknown): boolean => {
  const { pull, push } = (value ?? {}) as Partial<Readonly<Record<keyof SyncStorage, unknown>>>
  return typeof pull === 'function' && typeof push === 'function'
}

/**
 * Checks what the first request would otherwise stumble over; limits, names and the mount path are checked where they are read.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option that is missing, wrong or not known
 */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) throw wrong(`options must be an object with ${known.join(', ')}`)
  const given: Readonly<Record<string, unknown>> = options
  const stranger = Object.keys(given).find((name) => !known.some((one) => one === name))
  if (stranger !== undefined) throw wrong(`options have no "${stranger}", only ${known.join(', ')}`)
  const { storage, authenticate, collections } = given
  if (!isStorage(storage)) {
    throw wrong('storage must have pull() and push(), like postgresStorage({ sql: new Pool({ connectionString }) })')
  }
  if (typeof authenticate !== 'function') {
    throw wrong('authenticate must be a function that gives the user of a request, like (request) => userOf(request)')
  }
  if (!Array.isArray(collections)) throw wrong('collections must be a list of names, like ["notes", "tasks"]')
  const { report } = given
  if (report !== undefined && typeof report !== 'function') throw wrong('report must be a function, like console.error')
}
