import type { Cursor } from '@rowkeep/kernel'

/** Where a run stands in the feed. Transaction numbers are decimal text: they do not fit a JavaScript number. */
export interface Position {
  /** `listing`: a run from nothing. */
  readonly mode: 'listing' | 'delta'
  /** The history the numbers belong to. */
  readonly epoch: string
  /** The safe point when the run began: what was purged since then, this run may have missed. */
  readonly from: string
  readonly xid: string
  readonly collection: string
  readonly id: string
}

const cursorBytes = 4096
const version = 1

/** The position as the text a device keeps. */
export const cursorOf = ({ mode, epoch, from, xid, collection, id }: Position): Cursor =>
  JSON.stringify([version, mode, epoch, from, xid, collection, id])

/** Text that PostgreSQL can hold: no NUL and no half of a surrogate pair. */
export const isStorable = (text: string): boolean => !/\p{Surrogate}|\0/u.test(text)

const isText = (value: unknown, longest: number): value is string =>
  typeof value === 'string' && value.length <= longest && isStorable(value)

// 18 digits fit xid8, so that the cast cannot overflow; no server gets that far.
const isXid = (value: unknown): value is string => typeof value === 'string' && /^\d{1,18}$/.test(value)

/** The list that a text is as JSON; an empty one for any other text. */
export function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : []
  } catch {
    // Not JSON is as foreign as any other text.
    return []
  }
}

// No history has this name, so what begins here is expired, whatever the rest says.
const nowhere: Position = { mode: 'delta', epoch: '', from: '0', xid: '0', collection: '', id: '' }

/** Where a cursor points; for a text that {@link cursorOf} cannot have made, for example another remote's, nowhere. */
export function positionOf(cursor: Cursor): Position {
  const isTooLong = new TextEncoder().encode(cursor).length > cursorBytes
  const [made, mode, epoch, from, xid, collection, id, ...rest] = isTooLong ? [] : listIn(cursor)
  const known = made === version && (mode === 'listing' || mode === 'delta') && rest.length === 0
  if (known && isXid(from) && isXid(xid) && isText(epoch, 64) && isText(collection, 64) && isText(id, 512)) {
    return { mode: mode as Position['mode'], epoch, from, xid, collection, id }
  }
  return nowhere
}
