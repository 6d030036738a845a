import type { FieldCodec, Fields } from './fields.ts'

/** A record, or a row of a backend, with other values in the fields that have a codec; null and absent ones as they are. */
export function mapFields<T>(
  record: Readonly<Record<string, T>>,
  fields: Fields,
  change: (codec: FieldCodec, value: T) => T,
): Readonly<Record<string, T>> {
  const changed = new Map(Object.entries(record))
  for (const [field, codec] of Object.entries(fields)) {
    const value = changed.get(field)
    if (value !== undefined && value !== null) changed.set(field, change(codec, value))
  }
  return Object.fromEntries(changed)
}

/** The bytes of a base64 text as hex digits (RFC 4648, 8), lower case. */
export const hexOf = (base64: string): string =>
  atob(base64).replace(/[\s\S]/g, (byte) => byte.charCodeAt(0).toString(16).padStart(2, '0'))

/** The base64 text of bytes in hex digits; the text itself where it is none. */
export const base64Of = (hex: string): string =>
  /^(?:[\da-f]{2})*$/i.test(hex)
    ? btoa(hex.replace(/../g, (byte) => String.fromCharCode(Number.parseInt(byte, 16))))
    : hex
