import type { Cursor } from '@rowkeep/kernel'
import { isObject } from '../json.ts'
import { type Stamp, stampOf } from './stamps.ts'

/** A row's place in the order of its feed. */
export interface Place {
  readonly stamp: Stamp
  readonly id: string
}

/** Where a run of a feed stands, or what the last one reached. */
export type Position =
  /** In a listing: every living row, by place. `top`: the newest stamp there was when it began; `null`: the table was empty. */
  | { readonly mode: 'list'; readonly swept: number; readonly top: Stamp | null; readonly after: Place }
  /** In a sweep: the keys of all living rows, by id; what changed since `since` comes afterwards. */
  | { readonly mode: 'keys'; readonly swept: number; readonly since: Stamp; readonly afterId: string }
  /** In the changes since `since`, by place. `swept` runs are snapshots. `after` `null`: from the beginning. */
  | {
      readonly mode: 'delta'
      readonly swept: number
      readonly since: Stamp
      readonly kind: 'delta' | 'snapshot'
      readonly top: Stamp | null
      readonly after: Place | null
    }
  /** Between runs: all that happened up to `since` is known, but for what commits late. */
  | { readonly mode: 'done'; readonly swept: number; readonly since: Stamp }

/** The position as the text a device keeps. `swept`: when the feed's last sweep began, by the device's clock. */
export const cursorOf = (position: Position): Cursor => JSON.stringify({ v: 1, ...position })

const isStamp = (value: unknown): value is Stamp => typeof value === 'string' && stampOf(value) === value
const isText = (value: unknown): value is string => typeof value === 'string'
const isPlace = (value: unknown): boolean => isObject(value) && isStamp(value['stamp']) && isText(value['id'])

const shapes: { readonly [mode: string]: (value: Readonly<Record<string, unknown>>) => boolean } = {
  list: ({ top, after }) => (top === null || isStamp(top)) && isPlace(after),
  keys: ({ since, afterId }) => isStamp(since) && isText(afterId),
  delta: ({ since, kind, top, after }) =>
    isStamp(since) &&
    (kind === 'delta' || kind === 'snapshot') &&
    (top === null || isStamp(top)) &&
    (after === null || isPlace(after)),
  done: ({ since }) => isStamp(since),
}

function parsed(cursor: Cursor): unknown {
  try {
    return JSON.parse(cursor)
  } catch {
    // Not JSON is as foreign as any other text.
    return undefined
  }
}

/** Where a cursor points; `undefined` for a text that {@link cursorOf} cannot have made, for example another remote's. */
export function positionOf(cursor: Cursor): Position | undefined {
  const value = parsed(cursor)
  if (!isObject(value) || value['v'] !== 1 || typeof value['swept'] !== 'number') return undefined
  const { v: _, mode, ...rest } = value
  const fits = typeof mode === 'string' && Object.hasOwn(shapes, mode) && shapes[mode]?.(rest)
  return fits ? ({ mode, ...rest } as unknown as Position) : undefined
}
