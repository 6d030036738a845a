import type { Json } from '@rowkeep/kernel'
import { canonicalOf, type FieldCodec } from '@rowkeep/kernel/adapters'
import { Bytes, Timestamp } from 'firebase/firestore/lite'
import { type StoredValue, storedValueOf } from './values.ts'

function timestampOf(text: string): Timestamp {
  const nanoseconds = Number(text.slice(20, -1).padEnd(9, '0'))
  return new Timestamp(Date.parse(`${text.slice(0, 19)}Z`) / 1000, nanoseconds)
}

/**
 * The value of a field with a codec as Firestore can hold it. Numbers stay text: the SDK has doubles only, which lose digits
 * beyond 2^53. What is none of the codec, left by an app without it, stays what it is.
 */
export function storedFieldOf(codec: FieldCodec, value: Json): StoredValue {
  const text = canonicalOf(codec, value)
  if (text === undefined) return storedValueOf(value)
  if (codec === 'date') return timestampOf(text)
  return codec === 'bytes' ? Bytes.fromBase64String(text) : text
}

/** The text of a field with a codec; a whole number that another program stored as a number, too, where no digit is lost. */
export const fieldTextOf = (codec: FieldCodec, value: Json): Json =>
  canonicalOf(codec, codec === 'bigint' && Number.isSafeInteger(value) ? String(value) : value) ?? value
