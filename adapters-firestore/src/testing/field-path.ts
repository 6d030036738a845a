import { type Fields, fieldsOf, isObject, type Value } from './proto.ts'
import { invalid } from './status.ts'

const segment = /^(?:`((?:[^`\\]|\\[`\\])*)`|([A-Za-z_][A-Za-z_0-9]*))(\.|$)/

/** Segments of a field path: simple names, and others in backticks with backslash escapes, joined by dots. */
export function segmentsOf(path: string): readonly string[] {
  const found: string[] = []
  let rest = path
  for (;;) {
    const match = segment.exec(rest)
    if (!match) throw invalid(`Invalid field path ${JSON.stringify(path)}`)
    found.push(match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\([`\\])/g, '$1'))
    rest = rest.slice(match[0].length)
    if (match[3] === '') return found
  }
}

const inner = (value: Value | undefined): Fields | undefined => {
  const map = value?.['mapValue']
  return isObject(map) ? fieldsOf(map['fields']) : undefined
}

/** The value at a path. */
export function valueAt(fields: Fields, [name = '', ...rest]: readonly string[]): Value | undefined {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (rest.length === 0) return value
  const map = inner(value)
  return map && valueAt(map, rest)
}

/** The fields with the value at a path; `undefined` removes it. Maps on the way are made. */
export function withValueAt(fields: Fields, [name = '', ...rest]: readonly string[], value: Value | undefined): Fields {
  const others = Object.entries(fields).filter(([field]) => field !== name)
  const before = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (rest.length === 0) return Object.fromEntries(value === undefined ? others : [...others, [name, value]])
  const map = inner(before)
  if (value === undefined && map === undefined) return fields
  return Object.fromEntries([...others, [name, { mapValue: { fields: withValueAt(map ?? {}, rest, value) } }]])
}
