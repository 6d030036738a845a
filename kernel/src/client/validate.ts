import type { JsonObject } from '../env/json.ts'
import { asSyncError, SyncError } from '../errors/sync-error.ts'
import { checkId, idOf } from '../model/identity.ts'
import { byteLength, toRecord } from '../model/value.ts'
import type { Host } from './host.ts'
import type { CollectionShape } from './options.ts'

const segment = (part: unknown): string => String(typeof part === 'object' && part && 'key' in part ? part.key : part)

/** What the schema makes of the input. @throws SyncError `SYNC_INPUT_INVALID`, also for what the schema itself throws */
async function parse({ name, schema }: CollectionShape, input: unknown): Promise<unknown> {
  try {
    const result = await schema['~standard'].validate(input)
    if (!result.issues) return result.value
    const issues = result.issues.map(
      ({ message, path = [] }) => `${[name, ...path.map(segment)].join('.')}: ${message}`,
    )
    throw new SyncError('SYNC_INPUT_INVALID', { message: issues.slice(0, 3).join('; '), details: { issues } })
  } catch (thrown) {
    throw asSyncError(thrown, 'SYNC_INPUT_INVALID')
  }
}

/**
 * A record as the collection's schema wants it, frozen. A field of `before` that is in the input too, and that the schema drops
 * because it does not know it, stays as it is: a newer app knows it. @throws SyncError `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE`
 */
export async function checkRecord(
  { remote }: Host,
  shape: CollectionShape,
  input: unknown,
  before?: JsonObject | null,
): Promise<JsonObject> {
  const { name, key } = shape
  const { idBytes, recordBytes } = remote?.capabilities.limits ?? { idBytes: 512, recordBytes: 1_000_000 }
  const seen = Object.entries(before ?? {}).filter(([field]) => Object.hasOwn(input as object, field))
  const record = toRecord({ ...Object.fromEntries(seen), ...toRecord(await parse(shape, input), name) }, name)
  checkId(name, idOf(record, key), idBytes)
  const bytes = byteLength(record)
  if (bytes <= recordBytes) return record
  throw new SyncError('SYNC_TOO_LARGE', {
    message: `a record of ${name} has ${bytes} bytes, over ${recordBytes}`,
  })
}

/** {@link checkRecord} by the collection's name. */
export const checkRow = (host: Host, collection: string, input: unknown): Promise<JsonObject> =>
  checkRecord(host, host.shapes.get(collection) as CollectionShape, input)

/** A draft as it is now, with its key: made where a single key is absent. @throws SyncError `SYNC_INPUT_INVALID` */
export function withKey({ env }: Host, { name, key }: CollectionShape, draft: unknown): JsonObject {
  const given = toRecord(draft, name)
  const [field = ''] = key
  return key.length === 1 && given[field] === undefined ? { ...given, [field]: env.uuid() } : given
}
