import type { JsonObject } from '@rowkeep/kernel'
import { typeOf } from './conditions.ts'
import { unknownHere, unparsed } from './refusal.ts'
import type { Shape } from './shapes.ts'
import { jsonTextOf } from './values.ts'

/** One column of an answer. */
export interface Shown {
  readonly column: string
  /** Its name in the answer. */
  readonly as: string
  /** Whether it is cast to text. */
  readonly isText: boolean
}

const part = /(?:([A-Za-z_]\w*):(?!:))?(?:"((?:[^"\\]|\\.)*)"|([A-Za-z_][A-Za-z0-9_$ ]*|\*))(?:::([a-z]+))?(,|$)/y

const columnsOf = ({ columns }: Shape): readonly Shown[] =>
  [...columns.keys()].map((column) => ({ column, as: column, isText: false }))

function columnOf(found: RegExpExecArray, shape: Shape): readonly Shown[] {
  const [, as, quoted, plain = '', cast] = found
  if (cast !== undefined && cast !== 'text') throw unknownHere(`casts to ${cast}`)
  if (plain === '*' && as === undefined && cast === undefined) return columnsOf(shape)
  const column = quoted?.replace(/\\(.)/g, '$1') ?? plain
  typeOf(shape, column)
  return [{ column, as: as ?? column, isText: cast !== undefined }]
}

/** What `select` lists: columns, `*`, columns under another name or cast to text. Nothing is all. @throws Refusal */
export function shownIn(select: string, shape: Shape): readonly Shown[] {
  const shown: Shown[] = []
  let rest = select
  while (rest !== '') {
    part.lastIndex = 0
    const found = part.exec(rest)
    rest = rest.slice(found?.[0].length)
    if (!found || (rest === '' && found[5] === ',')) throw unparsed('select parameter', select)
    shown.push(...columnOf(found, shape))
  }
  return shown.length === 0 ? columnsOf(shape) : shown
}

/** The row with the columns asked for, as JSON. */
export function shownText(row: JsonObject, columns: readonly Shown[], shape: Shape): string {
  const members = columns.map(({ column, as, isText }) => {
    const text = jsonTextOf(typeOf(shape, column), row[column] ?? null, isText)
    return `${JSON.stringify(as)}:${text}`
  })
  return `{${members.join(',')}}`
}
