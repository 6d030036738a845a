import { elementsOf, type Fields, fieldsOf, isObject, type Value } from './proto.ts'
import { invalid } from './status.ts'

const encoder = new TextEncoder()
const bytes = (text: string): number => encoder.encode(text).length

/** Levels of maps and lists in one field. */
const mostLevels = 20

function checkName(name: string): void {
  if (name === '') throw invalid('Property name is empty.')
  if (/^__.*__$/s.test(name)) throw invalid(`Property name ${JSON.stringify(name)} is reserved.`)
  if (bytes(name) > 1500) throw invalid('Property name is longer than 1500 bytes.')
}

function checkValue(value: Value, name: string, level: number): void {
  if (Object.keys(value).length !== 1) throw invalid(`Property ${name} must have one value type.`)
  // Text of a protobuf message is UTF-8, which has no halves of surrogate pairs.
  if (/\p{Surrogate}/u.test(String(value['stringValue'] ?? ''))) throw invalid(`Property ${name} is not valid UTF-8.`)
  if (!('arrayValue' in value) && !('mapValue' in value)) return
  if (level > mostLevels) throw invalid(`Property ${name} contains values nested deeper than ${mostLevels} levels.`)
  for (const one of elementsOf(value)) {
    if ('arrayValue' in one) throw invalid(`Property ${name} contains an invalid nested entity.`)
    checkValue(one, name, level + 1)
  }
  const map = value['mapValue']
  for (const [field, part] of Object.entries(fieldsOf(isObject(map) ? map['fields'] : undefined))) {
    checkName(field)
    checkValue(part, name, level + 1)
  }
}

function sizeOf(value: Value): number {
  const [type, inner] = Object.entries(value)[0] ?? []
  if (type === 'stringValue' || type === 'referenceValue') return bytes(String(inner)) + 1
  if (type === 'bytesValue') return atob(String(inner)).length
  if (type === 'nullValue' || type === 'booleanValue') return 1
  if (type === 'geoPointValue') return 16
  if (type === 'arrayValue') return elementsOf(value).reduce((sum, one) => sum + sizeOf(one), 0)
  if (type === 'mapValue') return sizeOfFields(fieldsOf(isObject(inner) ? inner['fields'] : undefined))
  return 8
}

const sizeOfFields = (fields: Fields): number =>
  Object.entries(fields).reduce((sum, [name, value]) => sum + bytes(name) + 1 + sizeOf(value), 0)

/** Refuses a document that the service could not hold: names, nesting, size. */
export function checkDocument(path: string, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) {
    checkName(name)
    checkValue(value, name, 1)
  }
  const size = path.split('/').reduce((sum, part) => sum + bytes(part) + 1, 48) + sizeOfFields(fields)
  if (size > 1_048_576)
    throw invalid(
      `Document '${path}' cannot be written because its size (${size} bytes) exceeds the maximum allowed size of 1,048,576 bytes.`,
    )
}

/** Refuses a path of collection and document ids that the service would refuse. */
export function checkPath(path: string): void {
  for (const id of path.split('/')) {
    const bad = id === '' || id === '.' || id === '..' || /^__.*__$/s.test(id) || bytes(id) > 1500
    if (bad || /\p{Surrogate}/u.test(id)) throw invalid(`Resource id ${JSON.stringify(id.slice(0, 100))} is invalid.`)
  }
}
