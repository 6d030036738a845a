import type { Host } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import { checkSame, moved, targetOf, unmoved } from '../client/write-one.ts'
import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { Draft } from '../journal/draft.ts'
import { accept, type Target } from '../outbox/accept.ts'
import type { Edge } from './edges.ts'
import { type Located, type Plan, planOf, samePlan } from './plan.ts'

type Written = readonly [target: Target, before: JsonObject, after: JsonObject | null]

/** @throws SyncError `SYNC_CONDITION_FAILED` where a record that refers to a deleted one forbids it */
export function mustBeFree({ holds }: Plan): void {
  const [first] = holds
  if (!first) return
  const { collection, fields, target } = first
  const count = holds.filter((one) => one.collection === collection).length
  throw new SyncError('SYNC_CONDITION_FAILED', {
    message: `"${target.id}" of ${target.collection} cannot be deleted: ${count} of ${collection} refer to it or what goes with it (${fields.join(', ')})`,
    details: { collection, count, ids: holds.slice(0, 100).map(({ id }) => id) },
  })
}

/** Takes what a plan does through middleware and schemas; `spared` is written by the caller. */
async function prepare(host: Host, { deletes, nulls }: Plan, spared: (one: Located) => boolean): Promise<Written[]> {
  const written: Written[] = []
  const note = (shape: CollectionShape, { id, record }: Located, after: JsonObject | null): void => {
    written.push([targetOf(host, shape, id, after, record), record, after])
  }
  for (const one of nulls) {
    const { collection, id, record, fields } = one
    const shape = host.shapes.get(collection) as CollectionShape
    const change = Object.fromEntries(fields.map((field) => [field, null]))
    const after = await checkSame(host, shape, id, { ...record, ...change }, record)
    const operation = { kind: 'update', collection, id, record, change } as const
    await host.around('update', operation, async (given) => {
      note(
        shape,
        one,
        given === operation ? after : await checkSame(host, shape, id, { ...record, ...given.change }, record),
      )
    })
  }
  for (const one of deletes) {
    if (spared(one)) continue
    const { collection, id } = one
    const shape = host.shapes.get(collection) as CollectionShape
    await host.around('delete', { kind: 'delete', collection, id }, async () => note(shape, one, null))
  }
  return written
}

/**
 * Decides what the deletion of `roots` does to records that refer to them; the result does it, in a draft that shows them as
 * they were, else it throws `moved`. `spared`: which of the deletions it leaves to the caller. `shown`: a draft to decide on;
 * absent: what the app is shown.
 * @throws SyncError `SYNC_CONDITION_FAILED`, and what schemas and middleware throw
 */
export async function release(
  host: Host,
  edges: readonly Edge[],
  roots: readonly Located[],
  spared: (one: Located) => boolean,
  shown?: Draft,
): Promise<(draft: Draft) => void> {
  const { shapes } = host
  const plan = planOf(shapes, edges, roots, shown)
  mustBeFree(plan)
  const written = await prepare(host, plan, spared)
  return (draft) => {
    if (!samePlan(plan, planOf(shapes, edges, roots, draft))) throw moved
    for (const [target, before, after] of written) accept(draft, target, unmoved(before, after))
  }
}
