import type { RowHead } from '@rowkeep/kernel'
import { isObject } from './json.ts'

/** Text whose UTF-16 code units are ordered as the bytes of the line in UTF-8: what lies beyond U+FFFF comes after all else. */
const inByteOrder = (line: string): string =>
  line.replace(/[\ud800-\uffff]/g, (unit) => String.fromCharCode(unit.charCodeAt(0) + (unit < '\ue000' ? 8192 : -2048)))

/**
 * What the versions of rows add up to, as the kit computes it in SQL: base64 of the SHA-256 (FIPS 180-4) of `collection NUL id
 * NUL revision NUL` of each row in UTF-8, in the order of these bytes; no part can hold NUL. `rows` are read before anything is
 * waited for. `undefined`: the platform does not hash, as a browser on a page without https.
 */
export async function digestOf(rows: Iterable<RowHead>): Promise<string | undefined> {
  const lines = Array.from(rows, ({ collection, id, revision }) => {
    const line = `${collection}\0${id}\0${revision}\0`
    return [inByteOrder(line), line] as const
  })
  lines.sort(([a], [b]) => (a < b ? -1 : 1))
  const bytes = new TextEncoder().encode(lines.map(([, line]) => line).join(''))
  const hash = await globalThis.crypto?.subtle?.digest('SHA-256', bytes)
  return hash && btoa(String.fromCharCode(...new Uint8Array(hash)))
}

/**
 * Whether a server has the rows in the same versions: what it is asked for is answered with `{ digest }`. `true` where either side
 * cannot tell; a server that answers something else does not know the question.
 */
export async function isSame(rows: Iterable<RowHead>, ask: () => Promise<unknown>): Promise<boolean> {
  const here = await digestOf(rows)
  const answer = here && (await ask())
  const there = isObject(answer) ? answer['digest'] : null
  return typeof there !== 'string' || there === here
}
