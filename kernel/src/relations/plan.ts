import type { JsonObject } from '../env/json.ts'
import { Draft } from '../journal/draft.ts'
import type { Reader } from '../journal/ledger.ts'
import { viewOf } from '../journal/view.ts'
import { type RecordKey, recordKey, splitKey } from '../model/identity.ts'
import type { Entry } from '../query/plan.ts'
import { type Edge, refOf, type Shapes } from './edges.ts'
import { referrersOf } from './find.ts'

/** A record of some collection. */
export interface Located extends Entry {
  readonly collection: string
}

/** What the deletion of some records brings with it. */
export interface Plan {
  /** All that are deleted: whoever refers to another one of them comes before it. */
  readonly deletes: readonly Located[]
  /** Those that let go of a deleted record, with the fields that become null. */
  readonly nulls: readonly (Located & { readonly fields: readonly string[] })[]
  /** Those that forbid it by `restrict`, with the one they refer to. */
  readonly holds: readonly (Located & { readonly fields: readonly string[]; readonly target: Located })[]
}

const keyOf = ({ collection, id }: Pick<Located, 'collection' | 'id'>): RecordKey => recordKey(collection, id)

/** What a commit in the making has changed so far, over what is shown. */
function changedIn(draft: Reader | undefined): ReadonlyMap<RecordKey, JsonObject | null> {
  const changed = new Map<RecordKey, JsonObject | null>()
  for (let part = draft; part instanceof Draft; part = part.under) {
    for (const key of [...part.queues.keys(), ...part.base.keys()]) changed.set(key, viewOf(draft as Draft, key))
  }
  return changed
}

/** Looks for records that refer to others, as shown; with a draft, as it would show them. */
function finderOf(shapes: Shapes, draft: Draft | undefined): (edge: Edge, targets: readonly Located[]) => Located[] {
  const changed = changedIn(draft)
  return (edge, targets) => {
    const { from: collection, to, fields } = edge
    const [source, target] = [shapes.get(collection), shapes.get(to)]
    if (targets.length === 0) return []
    const ids = new Set(targets.map(({ id }) => id))
    const shown = source && target ? [...referrersOf(source.table, edge, targets, target.key).values()].flat() : []
    const fresh = [...changed].flatMap(([key, record]): Located[] => {
      const [name, id] = splitKey(key)
      return record && name === collection && ids.has(refOf(record, fields) ?? '') ? [{ collection, id, record }] : []
    })
    const kept = shown.map((entry) => ({ ...entry, collection })).filter((one) => !changed.has(keyOf(one)))
    return [...kept, ...fresh]
  }
}

/** Whoever refers to another comes before it; where they refer to each other, the last found first. */
function childrenFirst(edges: readonly Edge[], all: ReadonlyMap<RecordKey, Located>): readonly Located[] {
  const parentsOf = ({ collection, record, id }: Located): readonly RecordKey[] =>
    edges.flatMap(({ from, fields, to }) => {
      const ref = from === collection ? refOf(record, fields) : undefined
      const key = ref !== undefined && recordKey(to, ref)
      return key && key !== recordKey(collection, id) && all.has(key) ? [key] : []
    })
  const children = new Map<RecordKey, number>()
  for (const one of all.values()) {
    for (const key of parentsOf(one)) children.set(key, (children.get(key) ?? 0) + 1)
  }
  const order = new Map([...all].reverse().filter(([key]) => !children.has(key)))
  for (const one of order.values()) {
    for (const key of parentsOf(one)) {
      const left = (children.get(key) ?? 0) - 1
      children.set(key, left)
      if (left === 0) order.set(key, all.get(key) as Located)
    }
  }
  return [...new Map([...order, ...[...all].reverse()]).values()]
}

/** A plan in the making, by record. */
interface Making {
  readonly deletes: Map<RecordKey, Located>
  readonly nulls: Map<RecordKey, Plan['nulls'][number]>
  readonly holds: Map<RecordKey, Plan['holds'][number]>
}

/** Does to one that refers to a target what the edge says; true: it is deleted as well, and was not before. */
function touch({ deletes, nulls, holds }: Making, edge: Edge, one: Located, targets: readonly Located[]): boolean {
  const { onDelete, fields } = edge
  const key = keyOf(one)
  if (onDelete === 'setNull') {
    nulls.set(key, { ...one, fields: [...(nulls.get(key)?.fields ?? []), ...fields] })
  } else if (onDelete === 'restrict') {
    const target = targets.find(({ id }) => id === refOf(one.record, fields)) as Located
    holds.set(key, { ...one, fields, target })
  } else if (!deletes.has(key)) {
    deletes.set(key, one)
    return true
  }
  return false
}

/** What the deletion of `roots` brings with it, by the relations' `onDelete`. A record that is deleted too forbids nothing. */
export function planOf(shapes: Shapes, edges: readonly Edge[], roots: readonly Located[], draft?: Draft): Plan {
  const find = finderOf(shapes, draft)
  const making: Making = { deletes: new Map(roots.map((one) => [keyOf(one), one])), nulls: new Map(), holds: new Map() }
  const acting = edges.filter(({ onDelete = 'none' }) => onDelete !== 'none')
  let wave = roots
  while (wave.length > 0) {
    wave = acting.flatMap((edge) => {
      const targets = wave.filter(({ collection }) => collection === edge.to)
      return find(edge, targets).filter((one) => touch(making, edge, one, targets))
    })
  }
  const { deletes } = making
  const stays = (one: Located): boolean => !deletes.has(keyOf(one))
  return {
    deletes: childrenFirst(edges, deletes),
    nulls: [...making.nulls.values()].filter(stays),
    holds: [...making.holds.values()].filter(stays),
  }
}

/** Whether two plans are about the same records, in the same versions and order. */
export const samePlan = (a: Plan, b: Plan): boolean => JSON.stringify(a) === JSON.stringify(b)
