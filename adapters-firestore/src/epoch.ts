import type { Firestore } from 'firebase/firestore/lite'

/** What `toJSON()` of a database tells of where it is. */
interface Address {
  readonly databaseId?: { readonly projectId?: unknown; readonly database?: unknown }
  readonly settings?: { readonly host?: unknown }
}

/**
 * The identity of a collection's history. Firestore has none of its own, so it is the address: host, project, database, path.
 * An emulator and the service, or two projects, are never taken for each other.
 */
export function epochOf(firestore: Firestore, path: string): string {
  const { databaseId, settings }: Address = firestore.toJSON()
  return [settings?.host, databaseId?.projectId, databaseId?.database].map(String).concat(path).join('/')
}
