import type { Json, LoadPage, StoreEntry, StoreTable } from '@rowkeep/kernel'
import type { EntryText } from '../common/entries.ts'

/*
 * What a key holds is text: the number of its lines, then one entry a line. JSON has no raw line break, so lines split safely
 * and are folded without reading the values.
 *
 *   ["op","k",value]       sets
 *   ["op","k"]             removes
 *   ["op","k",0,"raw"]     an entry that could not be trusted when it was folded
 */

/** `["op","k"`: the beginning of a line, which names table and key. */
export type Identity = string
export type Line = readonly [identity: Identity, line: string]
export type Broken = LoadPage['broken'][number]

/** Most characters of raw text that a broken entry shows. */
const RAW_CHARACTERS = 4096
/** Keys are printable ASCII, so what matches is JSON once the bracket is closed. */
const BEGINNING = /^\["(?:meta|base|op)","(?:[ !#-[\]-~]|\\["\\])+"(?=[,\]])/

/** The line of one entry. */
export const lineOf = ({ table, key, text }: EntryText): string =>
  `["${table}",${JSON.stringify(key)}${text === undefined ? '' : `,${text}`}]`

/** What a key holds for these lines. */
export const textOf = (lines: readonly string[]): string => [lines.length, ...lines].join('\n')

/**
 * The lines of a key. Where some are missing, or cannot be told apart, the key itself is broken, as `meta` / `damaged/<key>`.
 */
export function linesOf(name: string, held: unknown): readonly Line[] {
  const [count, ...rest] = typeof held === 'string' ? held.split('\n') : []
  const lines = rest.flatMap((line): readonly Line[] => {
    const [identity] = BEGINNING.exec(line) ?? []
    return identity === undefined ? [] : [[identity, line]]
  })
  if (count === String(lines.length)) return lines
  const identity = `["meta",${JSON.stringify(`damaged/${name}`)}`
  return [...lines, [identity, `${identity},0,${JSON.stringify(String(held).slice(0, RAW_CHARACTERS))}]`]]
}

/** True for a line that only removes. */
export const isRemoval = ([identity, line]: Line): boolean => line === `${identity}]`

/** What a line says; `broken` beside a removal, so that an older value of the key does not stand in for it. */
export function contentOf([identity, line]: Line): { readonly entry: StoreEntry; readonly broken?: Broken } {
  let parts: readonly [StoreTable, string, Json?, string?]
  let raw: string | undefined
  try {
    parts = JSON.parse(line)
    raw = parts[3]
  } catch {
    parts = JSON.parse(`${identity}]`)
    raw = line.slice(0, RAW_CHARACTERS)
  }
  const [table, key, value] = parts
  return raw === undefined
    ? { entry: { table, key, value } }
    : { entry: { table, key, value: undefined }, broken: { table, key, raw } }
}
