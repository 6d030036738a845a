import type { Cursor } from '@rowkeep/kernel'
import { protocolError } from './failure.ts'
import { isObject } from './json.ts'

const cursorBytes = 4096

/**
 * Where a run stands. `since`: what it began at, server time in ms; `null` for a listing. `startedAt` and `nextToken`, together:
 * it is in its middle, and began at that server time.
 */
export interface Position {
  readonly since: number | null
  readonly startedAt?: number
  readonly nextToken?: string
}

const isTime = (value: unknown): value is number => Number.isSafeInteger(value)

/** The position as a cursor of one feed's place, so that it is of no use anywhere else. @throws WireError `SYNC_PROTOCOL` where AppSync's token is too long to be kept */
export function cursorOf(epoch: string, { since, startedAt, nextToken }: Position): Cursor {
  const cursor = JSON.stringify({ e: epoch, s: since, a: startedAt, n: nextToken })
  if (cursor.length > cursorBytes)
    throw protocolError(`nextToken is longer than a cursor may be (${cursorBytes} bytes)`)
  return cursor
}

function parsed(cursor: Cursor): unknown {
  try {
    return JSON.parse(cursor)
  } catch {
    return undefined
  }
}

/** The position of a cursor; `undefined`: it was not made for this place. */
export function positionOf(epoch: string, cursor: Cursor | null): Position | undefined {
  if (cursor === null) return { since: null }
  const value = parsed(cursor)
  if (!isObject(value) || value['e'] !== epoch) return undefined
  const { s: since, a: startedAt, n: nextToken } = value
  if (since !== null && !isTime(since)) return undefined
  if (isTime(startedAt) && typeof nextToken === 'string') return { since, startedAt, nextToken }
  return since === null ? undefined : { since }
}
