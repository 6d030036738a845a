import { SyncError } from '@rowkeep/kernel'

/** Far above what the kernel lets through (100), far below where `JSON.stringify` runs out of stack (about 3 000). */
const MAX_DEPTH = 1000

/** Plain in any realm: made by `{}`, or with no prototype at all. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** What in a value that is no object is not JSON; `undefined` if it is. */
function scalarFlaw(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `the number ${value}`
  if (typeof value === 'string' || typeof value === 'boolean') return undefined
  return value === undefined ? 'undefined' : `a ${typeof value}`
}

/** What in `value` is not JSON, as a phrase for a message; `undefined` if nothing is. */
function flawOf(value: unknown, depth: number): string | undefined {
  if (value === null) return undefined
  if (typeof value !== 'object') return scalarFlaw(value)
  if (depth > MAX_DEPTH) return `a cycle, or more than ${MAX_DEPTH} levels`
  if (!Array.isArray(value) && !isPlain(value)) return `an object of the class ${value.constructor?.name ?? 'unknown'}`
  // `Array.from` shows holes as undefined; `Object.values` would skip them.
  const parts: readonly unknown[] = Array.isArray(value) ? Array.from(value) : Object.values(value)
  for (const part of parts) {
    const flaw = flawOf(part, depth + 1)
    if (flaw !== undefined) return flaw
  }
  return undefined
}

/**
 * The JSON text of a value, provided that reading it back gives the same value.
 * @throws SyncError `SYNC_INPUT_INVALID` naming what is not JSON: functions, BigInt, NaN, `undefined` inside, dates, cycles
 */
export function jsonOf(value: unknown, where: string): string {
  let flaw: string | undefined
  try {
    flaw = flawOf(value, 0)
    if (flaw === undefined) return JSON.stringify(value)
  } catch (cause) {
    // A getter or a proxy that throws.
    throw new SyncError('SYNC_INPUT_INVALID', { message: `${where} cannot be read`, cause })
  }
  throw new SyncError('SYNC_INPUT_INVALID', { message: `${where} holds ${flaw}, which JSON cannot carry` })
}
