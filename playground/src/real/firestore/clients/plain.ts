import type { Json, JsonObject } from '@rowkeep/kernel'

type Part = Readonly<Record<string, unknown>>

/** By what only its instances have: each SDK has classes of its own. */
function specialOf(value: Part): JsonObject | undefined {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString('base64') }
  if (typeof value['toBase64'] === 'function') return { $bytes: (value as { toBase64(): string } & Part).toBase64() }
  const { seconds, nanoseconds, latitude, longitude, path } = value
  if (typeof value['toDate'] === 'function') return { $time: [Number(seconds), Number(nanoseconds)] }
  if (typeof latitude === 'number' && typeof longitude === 'number') return { $point: [latitude, longitude] }
  if (typeof path === 'string' && 'firestore' in value) return { $reference: path }
  return undefined
}

/** A value that an SDK gave, as JSON; what JSON does not have is under a key with `$`. */
function plainOf(value: unknown): Json {
  if (typeof value === 'number') {
    const isPlain = Number.isFinite(value) && !Object.is(value, -0)
    return isPlain ? value : { $number: Object.is(value, -0) ? '-0' : String(value) }
  }
  if (typeof value !== 'object' || value === null) return value as Json
  if (Array.isArray(value)) return value.map(plainOf)
  return specialOf(value as Part) ?? plainFields(value)
}

/** Fields that an SDK gave, by name. */
export const plainFields = (fields: object): JsonObject =>
  Object.fromEntries(
    Object.entries(fields)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, plainOf(value)]),
  )
