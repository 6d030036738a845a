import type { Row } from '../devices/app.ts'
import type { Kept } from '../stores/place.ts'
import type { World } from '../world.ts'
import { keyOf } from './registers.ts'

/** A server row as a device keeps it. */
interface RestingBase {
  readonly revision: string | null
  readonly record: Row | null
  readonly feeds?: readonly string[]
  readonly ancestor?: { readonly record: Row | null }
}

/** A write that waits, as a device keeps it. */
export interface RestingOperation {
  readonly opId: string
  readonly state: 'pending' | 'parked' | 'quarantined'
  readonly kind: 'create' | 'update' | 'delete'
  readonly collection: string
  readonly id: string
  /** Absent: not known yet. */
  readonly expected?: string | null
  readonly change: { readonly set?: Partial<Row>; readonly unset?: readonly string[] }
}

/** What one user's namespace of a device holds. */
export interface Resting {
  readonly device: string
  readonly user: string
  /** By `collection/id`. */
  readonly base: ReadonlyMap<string, RestingBase>
  /** By `collection/id`, in the order in which they were accepted. */
  readonly operations: ReadonlyMap<string, readonly RestingOperation[]>
}

const byPlace = ([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number => {
  const [x, y] = [a.split('.'), b.split('.')]
  return Number(x[0]) - Number(y[0]) || Number(x[1]) - Number(y[1]) || (a < b ? -1 : 1)
}

/** Keys at rest are printable ASCII: any other character stands there as `%` and its code unit. */
const unescaped = (key: string): string =>
  key.replace(/%([0-9a-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))

/** What one namespace of a device holds. */
export function restingOf(device: string, { user, entries }: Kept): Resting {
  const base = new Map<string, RestingBase>()
  const waiting: [place: string, operation: RestingOperation][] = []
  for (const { table, key, value } of entries) {
    if (table === 'base') base.set(unescaped(key), value as unknown as RestingBase)
    else if (table === 'op') waiting.push([key, value as unknown as RestingOperation])
  }
  const operations = new Map<string, RestingOperation[]>()
  for (const [, operation] of waiting.sort(byPlace)) {
    const key = keyOf(operation.collection, operation.id)
    operations.set(key, [...(operations.get(key) ?? []), operation])
  }
  return { device, user, base, operations }
}

/** What lies on every device now. */
export async function allAtRest({ devices }: World): Promise<readonly Resting[]> {
  const each = devices.map(async ({ name, place }) => (await place.contents()).map((kept) => restingOf(name, kept)))
  return (await Promise.all(each)).flat()
}

/** What the app is to be shown of a record: the row its writes were made on, with those on it that were not refused. */
export function shownOf({ base, operations }: Resting, key: string): Row | null {
  const entry = base.get(key)
  let record = (entry?.ancestor ?? entry)?.record ?? null
  for (const { state, kind, change } of operations.get(key) ?? []) {
    if (state === 'quarantined') continue
    if (kind === 'delete') record = null
    else if (record || kind === 'create') {
      const changed = Object.entries({ ...record, ...change.set }).filter(([name]) => !change.unset?.includes(name))
      record = Object.fromEntries(changed) as unknown as Row
    }
  }
  return record
}
