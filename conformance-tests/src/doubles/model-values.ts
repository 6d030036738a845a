import { type Json, SyncError } from '@rowkeep/kernel'
import type { StoreDefect } from './model-store.ts'

/** Whether JSON gives back the same value: no numbers, objects or fields that it changes in silence. */
function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > 200) return false
  if (Array.isArray(value)) return value.every((one) => isJson(one, depth + 1))
  const plain = Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null
  return plain && Object.values(value).every((one) => isJson(one, depth + 1))
}

/** @throws SyncError `SYNC_INPUT_INVALID` for what is not JSON */
export function textOf(value: Json, defect: StoreDefect | undefined): string {
  if (defect === 'null-removes' && value === null) return ''
  if (defect !== 'non-json-accepted' && !isJson(value, 0))
    throw new SyncError('SYNC_INPUT_INVALID', {
      message: 'a value is not JSON: finite numbers, text, lists, plain objects',
    })
  return JSON.stringify(value)
}

function spoilt(defect: StoreDefect | undefined, value: unknown): unknown {
  // What a pass through UTF-8 bytes does to text that is not well formed.
  if (defect === 'surrogates-lost' && typeof value === 'string') return value.replace(/\p{Surrogate}/gu, '\ufffd')
  if (defect === 'numbers-rounded' && typeof value === 'number') return Number(value.toPrecision(15))
  if (defect !== 'proto-field-lost' || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([field]) => field !== '__proto__'))
}

/** The value of a text that {@link textOf} wrote; `undefined`: a removal. */
export function parsed(text: string, defect: StoreDefect | undefined): Json | undefined {
  return text === '' ? undefined : JSON.parse(text, (_field, value: unknown) => spoilt(defect, value))
}
