import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import { checkId, idOf } from '../model/identity.ts'
import { byteLength, toRecord } from '../model/value.ts'
import type { CollectionShape } from './options.ts'

/** Sizes a record must fit. */
export interface RecordLimits {
  readonly idBytes: number
  readonly recordBytes: number
}

/** A checked record and its id. */
export interface Checked {
  readonly id: string
  readonly record: JsonObject
}

type Issue = { readonly message: string; readonly path?: readonly unknown[] | undefined }

const segment = (part: unknown): string =>
  String(typeof part === 'object' && part !== null && 'key' in part ? part.key : part)

function issuesOf(name: string, issues: readonly Issue[]): SyncError {
  const texts = issues.map(({ message, path = [] }) => `${[name, ...path.map(segment)].join('.')}: ${message}`)
  return new SyncError('SYNC_INPUT_INVALID', { message: texts.slice(0, 3).join('; '), details: { issues: texts } })
}

/** A record as the collection's schema wants it, frozen. @throws SyncError `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE` */
export async function checkRecord(shape: CollectionShape, input: unknown, limits: RecordLimits): Promise<Checked> {
  const result = await shape.schema['~standard'].validate(input)
  if (result.issues) throw issuesOf(shape.name, result.issues)
  const record = toRecord(result.value, shape.name)
  const id = checkId(shape.name, idOf(record, shape.key), limits.idBytes)
  const bytes = byteLength(record)
  if (bytes > limits.recordBytes) {
    const message = `the record "${id.slice(0, 40)}" of ${shape.name} has ${bytes} bytes, at most ${limits.recordBytes} fit`
    throw new SyncError('SYNC_TOO_LARGE', { message })
  }
  return { id, record }
}

/** A draft with its key: made where a single key is absent. @throws SyncError `SYNC_INPUT_INVALID` */
export function withKey({ name, key }: CollectionShape, draft: unknown, uuid: () => string): Record<string, unknown> {
  if (typeof draft !== 'object' || draft === null || Array.isArray(draft)) {
    throw new SyncError('SYNC_INPUT_INVALID', { message: `a record of ${name} must be an object` })
  }
  const [field, ...more] = key
  const made = field !== undefined && more.length === 0 && (draft as JsonObject)[field] === undefined
  return made ? { ...draft, [field]: uuid() } : { ...draft }
}
