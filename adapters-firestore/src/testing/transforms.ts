import type { JsonObject } from '@rowkeep/kernel'
import { compareProto } from './compare.ts'
import { segmentsOf, valueAt, withValueAt } from './field-path.ts'
import { elementsOf, type Fields, isObject, numberOf, textOf, type Value } from './proto.ts'
import { StatusError } from './status.ts'

/** An integer where both are, else a double. */
function sum(before: Value | undefined, by: Value): Value {
  const start = numberOf(before)
  const whole = (start === undefined || 'integerValue' in (before ?? {})) && 'integerValue' in by
  const total = (start ?? 0) + (numberOf(by) ?? 0)
  return whole ? { integerValue: String(total) } : { doubleValue: total }
}

const isIn = (list: readonly Value[], one: Value): boolean => list.some((other) => compareProto(one, other) === 0)

function elements(transform: JsonObject, name: string): readonly Value[] {
  return elementsOf({ arrayValue: transform[name] ?? {} })
}

function transformed(before: Value | undefined, transform: JsonObject, time: string): Value {
  if (transform['setToServerValue'] === 'REQUEST_TIME') return { timestampValue: time }
  if (isObject(transform['increment'])) return sum(before, transform['increment'])
  const list = before && 'arrayValue' in before ? elementsOf(before) : []
  if ('appendMissingElements' in transform) {
    const values = [...list]
    for (const one of elements(transform, 'appendMissingElements')) if (!isIn(values, one)) values.push(one)
    return { arrayValue: { values } }
  }
  if ('removeAllFromArray' in transform) {
    const removed = elements(transform, 'removeAllFromArray')
    return { arrayValue: { values: list.filter((one) => !isIn(removed, one)) } }
  }
  throw new StatusError('UNIMPLEMENTED', `This double has no transform ${Object.keys(transform).join(', ')}.`)
}

/** The fields with the transforms applied, and the result that each is told to have. */
export function applyTransforms(
  fields: Fields,
  transforms: readonly JsonObject[],
  time: string,
): { readonly fields: Fields; readonly results: readonly Value[] } {
  let after = fields
  const results = transforms.map((transform) => {
    const path = segmentsOf(textOf(transform['fieldPath'], 'field_path'))
    const value = transformed(valueAt(after, path), transform, time)
    after = withValueAt(after, path, value)
    // Of a list it is not told what it became.
    return 'arrayValue' in value ? { nullValue: null } : value
  })
  return { fields: after, results }
}
