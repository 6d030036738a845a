import { type CommitNumber, SyncError } from '@rowkeep/kernel'

/** The format this version writes, and the newest it reads. */
const FORMAT = 1

/** Commits folded into a few keys: of each key the last entry. Removals stay, except in the first segment, which needs none. */
export interface Segment {
  /** The ids of its keys, in order. */
  readonly parts: readonly string[]
  /** The newest commit in it; it begins where the segment before it ends. */
  readonly upTo: CommitNumber
  /** Characters of its text. */
  readonly size: number
}

/** The one key that says what counts. All that a fold does takes effect in the one write of it. */
export interface Floor {
  readonly format: number
  /** Made anew with the namespace, and part of its keys' names: what is left of a former one is never taken for its own. */
  readonly life: string
  readonly segments: readonly Segment[]
}

/** The floor of a namespace that has just begun. */
export const newFloor = (life: string): Floor => ({ format: FORMAT, life, segments: [] })

/** The newest commit that is folded. */
export const upToOf = ({ segments }: Floor): CommitNumber => segments.at(-1)?.upTo ?? 0

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0

const isSegment = (value: unknown): value is Segment => {
  const { parts, upTo, size } = Object(value)
  return Array.isArray(parts) && parts.every((id) => typeof id === 'string') && [upTo, size].every(isCount)
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}

/** Reads a floor. @throws SyncError `SYNC_FORMAT_NEWER` `SYNC_STORE_CORRUPT` */
export function floorOf(text: unknown): Floor {
  const { format, life, segments } = Object(parsed(text))
  if (format > FORMAT) {
    const message = `the namespace has format ${format}, this app knows ${FORMAT}`
    throw new SyncError('SYNC_FORMAT_NEWER', { message })
  }
  if (format === FORMAT && typeof life === 'string' && Array.isArray(segments) && segments.every(isSegment)) {
    return { format, life, segments }
  }
  throw new SyncError('SYNC_STORE_CORRUPT', { message: 'the key that says what the namespace holds cannot be read' })
}
