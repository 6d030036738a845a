import type { Bytes } from 'firebase/firestore/lite'
import { bytesOf } from './names.ts'
import type { StoredMap, StoredValue } from './values.ts'

/** Bytes a document may have: 1 MiB. */
export const documentBytes = 1_048_576

function sizeOf(value: StoredValue): number {
  if (typeof value === 'string') return bytesOf(value) + 1
  if (value === null || typeof value === 'boolean') return 1
  if (typeof value !== 'object') return 8
  if ('toMillis' in value) return 8
  if ('toUint8Array' in value) return (value as Bytes).toUint8Array().length
  if (Array.isArray(value)) return value.reduce((sum: number, part: unknown) => sum + sizeOf(part), 0)
  return sizeOfMap(value as StoredMap)
}

const sizeOfMap = (map: StoredMap): number =>
  Object.entries(map).reduce((sum, [name, value]) => sum + bytesOf(name) + 1 + sizeOf(value), 0)

/**
 * Bytes of a document as Firestore counts them (Cloud Firestore, "Storage size calculations"), with our own fields.
 * `path` has the segments of collection and document.
 */
export function sizeOfDocument(path: string, fields: StoredMap): number {
  const name = path.split('/').reduce((sum, segment) => sum + bytesOf(segment) + 1, 16)
  // 64: the document's overhead of 32, and `_rev`, `_changedAt` and `_deleted`, rounded up.
  return name + sizeOfMap(fields) + 64
}
