import type { Json, LoadPage, StoreEntry, StoreTable } from '@rowkeep/kernel'
import { type Limits, textsOf } from '../common/entries.ts'

/**
 * A payload is text, one entry a line, each line a JSON array: `["op","k",value]` sets, `["op","k"]` removes, and
 * `["op","k",0,"raw text"]` is an entry that a salvage could not trust. JSON text has no raw line break, so lines split
 * safely, and a snapshot copies them without reading the values.
 */
export interface Line {
  /** `"op","k"`: the line's own bytes that name table and key. */
  readonly identity: string
  readonly removed: boolean
  /** Where it is in its payload; `end` is its line break. */
  readonly start: number
  readonly end: number
}

/** Most characters of raw text a broken entry shows. */
export const RAW_CHARACTERS = 4096

/** A commit, checked and serialised. */
export interface Batch {
  readonly payload: Buffer
  /** Whether anything is removed, and whether nothing else is done. */
  readonly removes: 'nothing' | 'something' | 'everything'
}

/**
 * Checks and serialises the entries of one commit; of two entries for one key the later counts.
 * @throws SyncError `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE`
 */
export function batchOf(entries: readonly StoreEntry[], limits: Limits): Batch {
  const texts = textsOf(entries, limits)
  const lines = texts.map(({ table, key, text }) => {
    const identity = `"${table}",${JSON.stringify(key)}`
    return text === undefined ? `[${identity}]\n` : `[${identity},${text}]\n`
  })
  const removals = texts.filter(({ text }) => text === undefined).length
  const only = removals === texts.length ? 'everything' : 'something'
  return { payload: Buffer.from(lines.join('')), removes: removals === 0 ? 'nothing' : only }
}

/** The line of an entry that is there but cannot be trusted. */
export function brokenLine(identity: string, raw: string): Buffer {
  return Buffer.from(`[${identity},0,${JSON.stringify(raw.slice(0, RAW_CHARACTERS))}]\n`)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const CLOSING = 0x5d
const LINE_BREAK = 0x0a

/** Just behind the closing quote of the key, for a line that begins at `start`. */
function endOfIdentity(payload: Buffer, start: number): number {
  const tableEnd = payload.indexOf(QUOTE, start + 2)
  let at = tableEnd + 3
  while (at < payload.length && payload[at] !== QUOTE) at += payload[at] === BACKSLASH ? 2 : 1
  return at + 1
}

/** The lines of a payload whose checksum held, without reading their values. */
export function* linesOf(payload: Buffer): Generator<Line, void, undefined> {
  let start = 0
  while (start < payload.length) {
    const lineBreak = payload.indexOf(LINE_BREAK, start)
    const end = lineBreak < 0 ? payload.length : lineBreak
    const keyEnd = endOfIdentity(payload, start)
    // Copied out of the buffer, not sliced from a string: a slice would keep the whole payload in memory.
    const identity = payload.toString('latin1', start + 1, keyEnd)
    yield { identity, removed: payload[keyEnd] === CLOSING && keyEnd + 1 === end, start, end }
    start = end + 1
  }
}

/** Table and key of an identity. */
const addressOf = (identity: string): readonly [table: StoreTable, key: string] => JSON.parse(`[${identity}]`)

type Content = { readonly entry: StoreEntry } | { readonly broken: LoadPage['broken'][number] }

/** What a line says. A line that cannot be read comes as `broken` too. */
export function contentOf(payload: Buffer, { identity, start, end }: Line): Content {
  const [table, key] = addressOf(identity)
  const text = payload.toString('utf8', start, end)
  try {
    const [, , value, raw]: readonly Json[] = JSON.parse(text)
    return typeof raw === 'string' ? { broken: { table, key, raw } } : { entry: { table, key, value } }
  } catch {
    return { broken: { table, key, raw: text.slice(0, RAW_CHARACTERS) } }
  }
}
