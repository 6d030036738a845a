import type { CallContext } from '@rowkeep/kernel'
import {
  collection,
  type DocumentReference,
  deleteField,
  doc,
  documentId,
  FieldPath,
  getDocs,
  limit,
  orderBy,
  type Query,
  type QueryConstraint,
  query,
  serverTimestamp,
  startAfter,
  Timestamp,
  where,
  writeBatch,
} from 'firebase/firestore/lite'
import { untilAborted } from './abort.ts'
import { millisOf, type StoredDocument, stampOf } from './codec.ts'
import type { RunPlace, SafePlace } from './cursor.ts'
import { wireError } from './errors.ts'
import { own } from './names.ts'
import type { Database } from './options.ts'
import type { StoredMap } from './values.ts'

/** Ids that one query may name. */
const idsOfQuery = 30

/** One request; what the SDK throws comes as a `WireError`. It is never sent twice: the lite SDK does not retry these. */
async function ask<T>(begin: () => Promise<T>, { signal }: CallContext): Promise<T> {
  try {
    return await untilAborted(begin, signal)
  } catch (thrown) {
    throw wireError(thrown)
  }
}

/** The documents of a query; each is billed as one read, and an empty answer too. */
async function documentsOf({ time }: Database, wanted: () => Query, context: CallContext): Promise<StoredDocument[]> {
  const { docs } = await ask(() => getDocs(wanted()), context)
  const found = docs.map((one): StoredDocument => ({ documentId: one.id, fields: one.data() }))
  for (const one of found) {
    const stamp = stampOf(one)
    if (stamp !== undefined) time.seen(millisOf(stamp))
  }
  return found
}

/** Stamped after `from`, ms. The comparison holds for timestamps only, so whatever else stands in the field stays out. */
const stampedAfter = (from: number): QueryConstraint => where(own.changedAt, '>', Timestamp.fromMillis(from))

function behind(place: RunPlace | SafePlace | null): readonly QueryConstraint[] {
  if (place === null || 'from' in place) return [stampedAfter(place?.from ?? 0)]
  const { after, documentId: id } = place
  return [stampedAfter(0), startAfter(new Timestamp(after.seconds, after.nanoseconds), id)]
}

/** Up to `most` documents behind a place, in the order of (`_changedAt`, document id); `null`: from the first. */
export function readPage(
  database: Database,
  path: string,
  place: RunPlace | SafePlace | null,
  most: number,
  context: CallContext,
): Promise<readonly StoredDocument[]> {
  const { firestore } = database
  const order = [orderBy(own.changedAt), orderBy(documentId())]
  const wanted = (): Query => query(collection(firestore, path), ...order, ...behind(place), limit(most))
  return documentsOf(database, wanted, context)
}

/** The document with the newest stamp; `undefined`: there is none. */
export async function readNewest(
  database: Database,
  path: string,
  context: CallContext,
): Promise<StoredDocument | undefined> {
  const wanted = (): Query =>
    query(collection(database.firestore, path), stampedAfter(0), orderBy(own.changedAt, 'desc'), limit(1))
  return (await documentsOf(database, wanted, context))[0]
}

/** The documents of these ids, by id; those that are not there are left out. */
export async function readMany(
  database: Database,
  path: string,
  ids: readonly string[],
  context: CallContext,
): Promise<ReadonlyMap<string, StoredDocument>> {
  const parts = Array.from({ length: Math.ceil(ids.length / idsOfQuery) }, (_, n) =>
    ids.slice(n * idsOfQuery, (n + 1) * idsOfQuery),
  )
  const ask = (part: readonly string[]): Promise<StoredDocument[]> =>
    documentsOf(
      database,
      () => query(collection(database.firestore, path), where(documentId(), 'in', [...part])),
      context,
    )
  const found = (await Promise.all(parts.map(ask))).flat()
  return new Map(found.map((one) => [one.documentId, one]))
}

/** What happens to one document. `whole`: it becomes this. `fields`: these are set and removed, and it must be there. */
export type DocumentWrite = { readonly path: string; readonly documentId: string } & (
  | { readonly kind: 'whole'; readonly fields: StoredMap }
  | { readonly kind: 'fields'; readonly set: StoredMap; readonly unset: readonly string[] }
)

type Batch = ReturnType<typeof writeBatch>

function addTo(batch: Batch, target: DocumentReference, write: DocumentWrite): void {
  if (write.kind === 'whole') {
    batch.set(target, write.fields)
    return
  }
  const { set, unset } = write
  const pairs = [...Object.entries(set), ...unset.map((name) => [name, deleteField()] as const)]
  const [first, ...rest] = pairs.map(([name, value]) => [new FieldPath(name), value] as const)
  if (first) batch.update(target, ...first, ...rest.flat())
}

/** The server's time of the request, filled in there. */
export const requestTime = (): unknown => serverTimestamp()

/** Writes all or none. @throws WireError */
export function commit({ firestore }: Database, writes: readonly DocumentWrite[], context: CallContext): Promise<void> {
  return ask(async () => {
    const batch = writeBatch(firestore)
    for (const write of writes) addTo(batch, doc(firestore, write.path, write.documentId), write)
    await batch.commit()
  }, context)
}
