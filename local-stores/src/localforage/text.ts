import type { Json, LoadPage, StoreEntry, StoreTable } from '@rowkeep/kernel'
import type { EntryText } from '../common/entries.ts'

/*
 * What a key holds is text: a checksum, then one entry a line. JSON has no raw line break, so lines split safely and are folded
 * without reading the values.
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

/** FNV-1a, 32 bit, over UTF-16 units: not every browser's database notices what happens to its file. */
function checksumOf(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(36)
}

/** What a key holds for these lines. */
export function textOf(lines: readonly string[]): string {
  const body = lines.join('\n')
  return `${checksumOf(body)}\n${body}`
}

/**
 * The lines of a key. Where it is not as it was written the key itself is broken too, as `meta` / `damaged/<key>`: lines may be
 * missing, or say something else.
 */
export function linesOf(name: string, held: unknown): readonly Line[] {
  const [checksum = '', ...rest] = typeof held === 'string' ? held.split('\n') : []
  const lines = rest.flatMap((line): readonly Line[] => {
    const [identity] = BEGINNING.exec(line) ?? []
    return identity === undefined ? [] : [[identity, line]]
  })
  if (checksum === checksumOf(String(held).slice(checksum.length + 1))) return lines
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
