import type { JsonObject, PushOperation, PushVerdict, RemoteRow, SyncErrorCode } from '@rowkeep/kernel'
import type { Row } from './codec.ts'
import { byteLength, hasHalfCharacter } from './json.ts'
import type { Model } from './model.ts'

/** The verdict on an operation that can never apply. */
export const rejected = (code: SyncErrorCode, message: string, row?: RemoteRow): PushVerdict => ({
  kind: 'rejected',
  error: { code, message },
  ...(row ? { row } : {}),
})

/**
 * The verdict where what can be read is older than what is known. AppSync reads with eventual consistency, and an old version
 * lacks the very marker that an earlier try may have left.
 */
export const behind: PushVerdict = Object.freeze<PushVerdict>({
  kind: 'retry',
  outcome: 'unknown',
  error: { code: 'SYNC_OUTCOME_UNKNOWN', message: 'the newest version of the row cannot be read yet' },
})

/** The verdict on an operation that cannot be sent at all; `undefined`: it can. */
export function unfitVerdict(
  { collection, change: { set = {}, unset = [], increment = {}, append = {} }, record }: PushOperation,
  model: Model,
  recordBytes: number,
): PushVerdict | undefined {
  const named = [...Object.keys(set), ...unset, ...Object.keys(increment), ...Object.keys(append)]
  const stranger = named.find((field) => field !== 'id' && !model.fields.includes(field))
  if (stranger !== undefined) {
    const missing = `the option models gives ${model.name} no field ${JSON.stringify(stranger)}`
    const remedy = `add it to models.${collection}.fields, where the type of the API has it`
    return rejected('SYNC_UNSUPPORTED', `${missing}: ${remedy}`)
  }
  // It would be stored as a question mark.
  if (hasHalfCharacter([set, append as JsonObject]))
    return rejected('SYNC_UNSUPPORTED', 'text with half a character has no form in UTF-8')
  const bytes = byteLength(record)
  if (bytes > recordBytes)
    return rejected('SYNC_TOO_LARGE', `the record has ${bytes} bytes, at most ${recordBytes} fit`)
  return undefined
}

/** The verdict on a mutation that AppSync answered with the row. */
export function writtenVerdict({ kind }: PushOperation, { row, deleted }: Row): PushVerdict {
  if (kind === 'delete' || !deleted) return { kind: 'applied', row }
  return rejected('SYNC_REJECTED', 'this API leaves deleted rows deleted: use a new id', row)
}
