import type { Draft } from '../journal/draft.ts'
import { comparePlaces, type Ledger, type Queued } from '../journal/ledger.ts'
import { groupsOf, headsOf, liveOps } from '../journal/view.ts'
import { keyOfRecord } from '../model/identity.ts'
import type { Change, Operation } from '../model/stored.ts'
import type { Work } from '../sync/ports.ts'
import type { Edge } from './edges.ts'
import { type Needs, referencesOf } from './needs.ts'

/** Transactions, as `groupsOf` gives them. */
type Groups = ReturnType<typeof groupsOf>

/** The transaction of an operation; that alone where there is none. */
const wholeOf = (groups: Groups, queued: Queued): readonly Queued[] => groups.get(queued.op.group) ?? [queued]

/** What an operation waits as: one and the same for all of a transaction. */
const waiterOf = ({ key, op }: Queued): string => op.group ?? key

/** What has to end before an operation, or any other of its transaction, can: what it needs, and the one before it on its record. */
function nextOf(ledger: Ledger, groups: Groups, needs: Needs, queued: Queued): readonly Queued[] {
  if (queued.op.state !== 'pending') return []
  const next = wholeOf(groups, queued).flatMap((one) => {
    const queue = liveOps(ledger, keyOfRecord(one.op))
    const at = queue.findIndex(({ key }) => key === one.key)
    return [...needs(one), ...queue.slice(Math.max(0, at - 1), at)]
  })
  return next.filter((one) => waiterOf(one) !== waiterOf(queued))
}

/** Operations each of which waits for the next one, and the last one for the first; `undefined`: there are none. */
function ringOf(ledger: Ledger, needs: Needs): readonly Queued[] | undefined {
  const done = new Set<string>()
  const groups = groupsOf(ledger)
  for (const head of headsOf(ledger)) {
    const path: { readonly queued: Queued; readonly rest: Queued[] }[] = []
    const open = new Set<string>()
    const enter = (queued: Queued): void => {
      open.add(waiterOf(queued))
      path.push({ queued, rest: [...nextOf(ledger, groups, needs, queued)] })
    }
    if (!done.has(waiterOf(head))) enter(head)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.pop()
      if (!next) {
        done.add(waiterOf(top.queued))
        path.pop()
      } else if (done.has(waiterOf(next))) continue
      else if (open.has(waiterOf(next))) {
        const at = path.findIndex(({ queued }) => waiterOf(queued) === waiterOf(next))
        return [next, ...path.slice(at + 1).map(({ queued }) => queued)]
      } else enter(next)
    }
  }
  return undefined
}

const touches = ({ kind, change }: Operation, fields: readonly string[]): boolean =>
  kind === 'delete' || fields.some((field) => Object.hasOwn(change.set ?? {}, field) || change.unset?.includes(field))

/** Puts `first` where the operation stands, and `second` at the end of its record's queue. Nobody has seen either. */
function inTwo(
  draft: Draft,
  { uuid }: Work,
  queued: Queued,
  first: Partial<Operation>,
  second: Partial<Operation>,
): void {
  const { expected: _, ...op } = queued.op
  draft.replace(queued, { ...queued.op, opId: uuid(), writes: [], ...first })
  draft.append({ ...op, opId: uuid(), ...second })
}

/** The create without the reference to what `next` makes; the reference follows as an update, unless a later one brings it. */
function splitCreate(draft: Draft, work: Work, edges: readonly Edge[], queued: Queued, next: Queued): void {
  const { change } = queued.op
  const fields = [...referencesOf(edges, draft, queued)].flatMap(([key, edge]) =>
    key === keyOfRecord(next.op) ? edge.fields : [],
  )
  const [kept, closing] = [false, true].map((isClosing) =>
    Object.fromEntries(Object.entries(change.set ?? {}).filter(([field]) => fields.includes(field) === isClosing)),
  ) as [NonNullable<Change['set']>, NonNullable<Change['set']>]
  const [, ...later] = liveOps(draft, keyOfRecord(queued.op))
  if (later.some(({ op }) => touches(op, fields))) {
    draft.replace(queued, { ...queued.op, opId: work.uuid(), change: { set: kept } })
  } else inTwo(draft, work, queued, { change: { set: kept } }, { kind: 'update', change: { set: closing } })
}

/** An update that lets go of what `before`, or its transaction, deletes; then the deletion. */
function splitDelete(draft: Draft, work: Work, edges: readonly Edge[], queued: Queued, before: Queued): void {
  const whole = wholeOf(groupsOf(work.ledger), before).map(({ op }) => op.collection)
  const fields = edges
    .filter(({ from, to }) => from === queued.op.collection && whole.includes(to))
    .flatMap((edge) => edge.fields)
  const set = Object.fromEntries(fields.map((field) => [field, null]))
  inTwo(draft, work, queued, { kind: 'update', change: { set } }, {})
}

/** How the ring can be opened at one of its operations; `undefined`: not there. */
function openingAt(
  work: Work,
  edges: readonly Edge[],
  ring: readonly Queued[],
  at: number,
): ((draft: Draft) => void) | undefined {
  const queued = ring[at] as Queued
  const next = ring[(at + 1) % ring.length] as Queued
  const before = ring.at(at - 1) as Queued
  const { op } = queued
  // What is sent whole cannot be split.
  if (op.state !== 'pending' || op.group || work.unsettled.has(op.opId)) return undefined
  const queue = liveOps(work.ledger, keyOfRecord(op))
  if (op.kind === 'create' && queue[0] === queued && next.op.kind === 'create') {
    return (draft) => splitCreate(draft, work, edges, queued, next)
  }
  if (op.kind === 'delete' && queue.length === 1 && before.op.kind === 'delete') {
    return (draft) => splitDelete(draft, work, edges, queued, before)
  }
  return undefined
}

/** What was done about rings so far; for as long as the client lives. */
export interface Untied {
  /** Places of operations that wait for nothing any more. */
  readonly freed: Set<string>
  /** Records whose deletion was split: once, so that a refused first part does not come again. */
  readonly split: Set<string>
}

/**
 * Opens one ring of operations that wait for each other: the last accepted that can be is split in two, so that its reference
 * goes on its own, behind what it refers to. Where none can be, the first accepted goes without waiting, for the server to judge.
 */
export async function untie(
  edges: readonly Edge[],
  needs: Needs,
  { freed, split }: Untied,
  work: Work,
): Promise<boolean> {
  const ring = ringOf(work.ledger, needs)
  if (!ring) return false
  const places = ring.map((_, at) => at).sort((a, b) => comparePlaces(ring[b] as Queued, ring[a] as Queued))
  for (const at of places) {
    const queued = ring[at] as Queued
    const key = keyOfRecord(queued.op)
    const open = split.has(key) ? undefined : openingAt(work, edges, ring, at)
    if (!open) continue
    if (queued.op.kind === 'delete') split.add(key)
    await work.take(({ draft }) => {
      // Another tab may have been here.
      if (liveOps(draft, key).some(({ op }) => op.opId === queued.op.opId)) open(draft)
    })
    return true
  }
  const first = ring[places.at(-1) ?? 0] as Queued
  for (const { key } of wholeOf(groupsOf(work.ledger), first)) freed.add(key)
  return true
}
