import { type FieldChange, type Json, type PushOperation, type PushRequest, SyncError } from '@rowkeep/kernel'
import { aFilter } from './filter-shape.ts'
import {
  aFlag,
  aList,
  aName,
  aNumber,
  anObject,
  aText,
  field,
  listOf,
  mapOf,
  oneOf,
  orNull,
  type Shape,
  unfit,
} from './shape.ts'

const opIdBytes = 64

const aKind = oneOf('create', 'update', 'delete')

const parts: { readonly [part in keyof FieldChange]-?: Shape<Required<FieldChange>[part]> } = {
  set: anObject,
  unset: listOf(aText),
  increment: mapOf(aNumber),
  append: mapOf(aList),
}

const aChange: Shape<FieldChange> = (value, at) => {
  const raw = anObject(value, at)
  // An unknown part cannot be done, and leaving it out would be a silent loss.
  const unknown = Object.keys(raw).some((name) => !Object.hasOwn(parts, name))
  if (unknown) throw unfit(at, `made of ${Object.keys(parts).join(' ')}`)
  const present = Object.entries(parts).filter(([name]) => Object.hasOwn(raw, name))
  return Object.fromEntries(present.map(([name, shape]) => [name, shape(raw[name], `${at}.${name}`)]))
}

const anOperation: Shape<PushOperation> = (value, at) => {
  const raw = anObject(value, at)
  const of = <T>(name: keyof PushOperation, shape: Shape<T>): T => shape(field(raw, name), `${at}.${name}`)
  const kind = of('kind', aKind)
  const conditional = Object.hasOwn(raw, 'condition')
  if (conditional && kind === 'create') throw unfit(`${at}.condition`, 'absent from a create')
  return {
    opId: of('opId', aName(opIdBytes)),
    kind,
    collection: of('collection', aText),
    id: of('id', aText),
    expected: of('expected', orNull(aText)),
    change: of('change', aChange),
    record: of('record', orNull(anObject)),
    ...(conditional ? { condition: of('condition', aFilter) } : {}),
    resend: of('resend', aFlag),
  }
}

/**
 * A push as the storage takes it: only the fields of the contract, each checked.
 * @throws SyncError `SYNC_PROTOCOL` naming the field that is not right · `SYNC_TOO_LARGE` for more than `most` operations
 */
export function pushRequestOf(body: Json, most: number): PushRequest {
  const raw = anObject(body, 'the body')
  const operations = aList(field(raw, 'operations'), 'operations')
  if (operations.length > most) {
    throw new SyncError('SYNC_TOO_LARGE', {
      message: `at most ${most} operations at once`,
      details: { operations: most },
    })
  }
  return {
    operations: listOf(anOperation)(operations, 'operations'),
    atomic: aFlag(field(raw, 'atomic'), 'atomic'),
  }
}
