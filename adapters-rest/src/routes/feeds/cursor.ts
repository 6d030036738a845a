import type { Cursor, JsonObject } from '@rowkeep/kernel'
import { protocolError } from '../../errors.ts'
import { isObject } from '../../json.ts'
import type { Place } from '../route.ts'

const longest = 4096

/** A cursor of the list at this address. @throws WireError `SYNC_PROTOCOL` where what the server gave makes it too long */
export function writeCursor(parts: JsonObject, { epoch }: Place): Cursor {
  const text = JSON.stringify({ ...parts, epoch })
  if (new TextEncoder().encode(text).length <= longest) return text
  throw protocolError('the token for the next page, or the ETag, is too long to be kept')
}

/** What {@link writeCursor} wrote; `undefined` for `null` and for a cursor of another place, after which everything is listed anew. */
export function readCursor(cursor: Cursor | null, { epoch }: Place): JsonObject | undefined {
  if (cursor === null) return undefined
  try {
    const parts: unknown = JSON.parse(cursor)
    return isObject(parts) && parts['epoch'] === epoch ? parts : undefined
  } catch {
    return undefined
  }
}
