import { SyncError } from '@rowkeep/kernel'
import { documentIdOf } from './names.ts'

/** Gives the path of a Firestore collection for a user, for example `users/ada/tasks`. */
export type PathOf = (user: string) => string

/** Where the parts of a database are. */
export interface Paths {
  /** The Firestore collection that holds a collection of the client. @throws SyncError `SYNC_CONFIG_INVALID` */
  records(collection: string, user: string): string
  /** The Firestore collection that holds the marks of operations done. @throws SyncError `SYNC_CONFIG_INVALID` */
  mutations(user: string): string
}

function checked(what: string, path: unknown): string {
  // Segments of collections and documents take turns, so a collection has an odd number of them.
  const fits = typeof path === 'string' && path.split('/').length % 2 === 1 && !path.split('/').includes('')
  if (fits) return path
  const message = `firestoreAdapter: ${what} must give the path of a collection, like users/ada/tasks, not ${JSON.stringify(path)}`
  throw new SyncError('SYNC_CONFIG_INVALID', { message })
}

const below = (user: string, name: string): string => `users/${documentIdOf(user)}/${documentIdOf(name)}`

/** Paths as the options have them; without an option `users/<uid>/<collection>` and `users/<uid>/mutations`. */
export function pathsWith(
  collections: { readonly [collection: string]: { readonly path?: PathOf } | undefined } = {},
  mutations: PathOf = (user) => below(user, 'mutations'),
): Paths {
  const mutationsOf = (user: string): string => checked('mutations', mutations(user))
  return {
    mutations: mutationsOf,
    records(collection, user) {
      const { path = (name: string): string => below(name, collection) } =
        (Object.hasOwn(collections, collection) ? collections[collection] : undefined) ?? {}
      const found = checked(`collections.${collection}.path`, path(user))
      if (found !== mutationsOf(user)) return found
      const message = `firestoreAdapter: ${collection} would be stored where operations are marked: move one with collections.${collection}.path or mutations`
      throw new SyncError('SYNC_CONFIG_INVALID', { message })
    },
  }
}
