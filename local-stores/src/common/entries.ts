import { type StoreEntry, type StoreTable, SyncError } from '@rowkeep/kernel'
import { jsonOf } from './value.ts'

/** Bytes of the JSON in UTF-8: of one value, and of all values of one commit. */
export interface Limits {
  readonly valueBytes: number
  readonly commitBytes: number
}

/** One entry of a commit, checked: the JSON of its value, `undefined` for a removal. */
export interface EntryText {
  readonly table: StoreTable
  readonly key: string
  readonly text: string | undefined
}

const tables: readonly string[] = ['meta', 'base', 'op'] satisfies readonly StoreTable[]

function checkAddress({ table, key }: StoreEntry): void {
  if (!tables.includes(table)) {
    throw new SyncError('SYNC_INPUT_INVALID', {
      message: `there is no table ${JSON.stringify(table)}: ${tables.join(', ')}`,
    })
  }
  if (typeof key !== 'string' || !/^[\x20-\x7e]{1,1024}$/.test(key)) {
    throw new SyncError('SYNC_INPUT_INVALID', {
      message: `a key of "${table}" is not 1 to 1024 printable ASCII characters`,
    })
  }
}

/** Bytes of a text in UTF-8. JSON has no lone surrogates, so that the halves of a pair count two bytes each. */
function bytesOf(text: string): number {
  let bytes = text.length
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit & 0xf800) !== 0xd800 ? 2 : 1
  }
  return bytes
}

function checkSize(what: string, bytes: number, limit: number): void {
  if (bytes <= limit) return
  const message = `${what} has ${bytes} bytes of JSON; this store takes ${limit}`
  throw new SyncError('SYNC_TOO_LARGE', { message, details: { bytes, limit } })
}

/**
 * Checks and serialises the entries of one commit; of two entries for one key the later counts.
 * @throws SyncError `SYNC_INPUT_INVALID` `SYNC_TOO_LARGE`
 */
export function textsOf(entries: readonly StoreEntry[], limits: Limits): readonly EntryText[] {
  const texts = new Map<string, EntryText>()
  let total = 0
  for (const entry of entries) {
    checkAddress(entry)
    const { table, key, value } = entry
    const name = `${table}/${key}`
    const text = value === undefined ? undefined : jsonOf(value, `the value of ${name}`)
    const bytes = text === undefined ? 0 : bytesOf(text)
    checkSize(`the value of ${name}`, bytes, limits.valueBytes)
    total += bytes
    texts.set(name, { table, key, text })
  }
  checkSize('the commit', total, limits.commitBytes)
  return [...texts.values()]
}
