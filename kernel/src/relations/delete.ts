import type { Collection } from '../client/collection.ts'
import type { Host, Opened } from '../client/host.ts'
import { partsOf } from '../client/parts.ts'
import { moved } from '../client/write-one.ts'
import { invalidInput, refuseRest, SyncError } from '../errors/sync-error.ts'
import { isObject } from '../model/value.ts'
import { type Edge, edgesOf } from './edges.ts'
import { type Located, type Plan, planOf } from './plan.ts'
import { mustBeFree, release } from './release.ts'

/** What the deletion of one record does to the records of one collection. */
export interface DeleteStep {
  readonly collection: string
  /** `delete`: they are deleted · `setNull`: they let go of a deleted record · `restrict`: they forbid the deletion. */
  readonly what: 'delete' | 'setNull' | 'restrict'
  readonly count: number
  /** In code-unit order. */
  readonly ids: readonly string[]
}

/** What the deletion of one record would do, as the device shows things now. Plain data: it can be shown and kept. */
export interface DeletePlan {
  readonly collection: string
  readonly id: string
  /** The record's own deletion is among them; none where there is no such record. */
  readonly steps: readonly DeleteStep[]
}

/** How {@link deleteWithRelations} goes about it. */
export interface DeleteOptions {
  /** What `planDelete` gave: the deletion is refused if it would do anything else by now. Absent: whatever it does. */
  readonly plan?: DeletePlan
  /** Told after every commit: records done, of how many. */
  readonly onProgress?: (progress: { readonly done: number; readonly total: number }) => void
  /** Ends it between two commits, with `SYNC_ABORTED`; what was done by then stays. */
  readonly signal?: AbortSignal
  /** Records of one commit. Default 500. */
  readonly batch?: number
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

function stepsOf({ deletes, nulls, holds }: Plan): readonly DeleteStep[] {
  const parts = { delete: deletes, setNull: nulls, restrict: holds }
  return (['delete', 'setNull', 'restrict'] as const).flatMap((what) => {
    const all = new Map<string, string[]>()
    for (const { collection, id } of parts[what]) all.set(collection, [...(all.get(collection) ?? []), id])
    const names = [...all].sort(([a], [b]) => compareText(a, b))
    return names.map(([collection, ids]) => ({ collection, what, count: ids.length, ids: ids.sort(compareText) }))
  })
}

interface Scene {
  readonly host: Host
  /** Whose records they are: in another session the same ids are others. */
  readonly opened: Opened
  readonly edges: readonly Edge[]
  readonly collection: string
  /** `undefined`: there is no such record. */
  readonly root: Located | undefined
}

async function sceneOf(given: object, id: string): Promise<Scene> {
  const { host, shape } = partsOf(given)
  if (!shape) throw invalidInput('a collection is needed, not a client')
  const opened = await host.open()
  const record = shape.table.get(id)
  const root = record && { collection: shape.name, id, record }
  return { host, opened, edges: edgesOf(host.shapes), collection: shape.name, root }
}

const planIn = ({ host, edges, root }: Scene): Plan => planOf(host.shapes, edges, root ? [root] : [])

/**
 * What the deletion of a record would do to it and to those that refer to it, without doing it: how many, which, and what.
 *
 * @example
 * const { steps } = await planDelete(projects, 'p1')
 * // [{ collection: 'projects', what: 'delete', count: 1, ids: ['p1'] }, { collection: 'tasks', what: 'delete', ... }]
 * @throws SyncError `SYNC_INPUT_INVALID` for anything that is not a collection, and the store's errors
 */
export async function planDelete<C, D>(collection: Collection<C, D>, id: string): Promise<DeletePlan> {
  const scene = await sceneOf(collection, id)
  return { collection: scene.collection, id, steps: stepsOf(planIn(scene)) }
}

/** Deletes, in one commit, records that are still there, and what has come to refer to them meanwhile. */
async function deleteNow({ host, opened, edges }: Scene, list: readonly Located[]): Promise<void> {
  const { journal, engine, ending } = opened
  for (;;) {
    ending.signal.throwIfAborted()
    const roots = list.flatMap((one): Located[] => {
      const record = host.shapes.get(one.collection)?.table.get(one.id)
      return record ? [{ ...one, record }] : []
    })
    const write = await release(host, edges, roots, () => false)
    try {
      await journal.write(write)
      return engine?.want()
    } catch (error) {
      if (error !== moved) throw error
    }
  }
}

function readOptions(options: DeleteOptions): Required<Pick<DeleteOptions, 'batch'>> & DeleteOptions {
  if (!isObject(options)) throw invalidInput('the options must be an object')
  const { plan, onProgress, signal, batch = 500, ...rest } = options
  refuseRest('deleteWithRelations', rest)
  if (!Number.isInteger(batch) || batch < 1) throw invalidInput('batch must be a whole number >= 1')
  if (plan !== undefined && !isObject(plan)) throw invalidInput('plan must be what planDelete gave')
  if (onProgress !== undefined && typeof onProgress !== 'function') throw invalidInput('onProgress must be a function')
  if (signal !== undefined && !('aborted' in Object(signal))) throw invalidInput('signal must be an AbortSignal')
  return { ...options, batch }
}

/**
 * Deletes a record and does to those that refer to it what their relations say, as `delete` does, but in commits of at most
 * `batch` records (and what came to refer to those meanwhile), whoever refers to another one before it: when it is aborted, or
 * the process ends, no record is left that refers to a deleted one. The result says what it set out to do.
 *
 * @example await deleteWithRelations(projects, 'p1', { plan: await planDelete(projects, 'p1'), onProgress: console.log })
 * @throws SyncError `SYNC_CONDITION_FAILED` where `restrict` forbids it, or it would do other than `plan` says; nothing was done
 *   then · `SYNC_ABORTED` by `signal`, and between two commits where the user is switched · `SYNC_INPUT_INVALID` · what schemas, middleware and the store throw
 */
export async function deleteWithRelations<C, D>(
  collection: Collection<C, D>,
  id: string,
  options: DeleteOptions = {},
): Promise<DeletePlan> {
  const { plan: agreed, onProgress, signal, batch } = readOptions(options)
  const scene = await sceneOf(collection, id)
  const plan = planIn(scene)
  const told = { collection: scene.collection, id, steps: stepsOf(plan) }
  if (agreed && JSON.stringify([agreed.collection, agreed.id, agreed.steps]) !== JSON.stringify(Object.values(told))) {
    throw new SyncError('SYNC_CONDITION_FAILED', {
      message: `the deletion of "${id}" would do other than its plan says`,
    })
  }
  mustBeFree(plan)
  const { deletes } = plan
  for (let done = 0; done < deletes.length; done += batch) {
    if (signal?.aborted) throw new SyncError('SYNC_ABORTED')
    await deleteNow(scene, deletes.slice(done, done + batch))
    const progress = { done: Math.min(done + batch, deletes.length), total: deletes.length }
    scene.host.events.guard(() => onProgress?.(progress))
  }
  return told
}
