import { invalidConfig, refuseRest } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'

/** The options of a plugin, if they are an object with no others than `known`. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkOptions(plugin: string, options: unknown, known: readonly string[]): void {
  if (!isObject(options)) throw invalidConfig(`${plugin}() takes an object of options`)
  const strangers = Object.entries(options).filter(([name]) => !known.includes(name))
  refuseRest(`${plugin}()`, Object.fromEntries(strangers), invalidConfig)
}

/** Refuses what is no list of names. `undefined` passes. @throws SyncError `SYNC_CONFIG_INVALID` */
export function checkNames(plugin: string, option: string, value: unknown): void {
  const isName = (name: unknown): boolean => typeof name === 'string' && !['', '__proto__'].includes(name)
  if (value === undefined || (Array.isArray(value) && Array.from(value).every(isName))) return
  throw invalidConfig(`${plugin}(): ${option} must be a list of names`)
}
