import { sessionOf } from './gateway.ts'

/** Options for `createClient` under which somebody is signed in already. */
export interface SignedIn {
  readonly auth: {
    readonly storageKey: string
    readonly storage: {
      getItem(name: string): string | null
      setItem(name: string, value: string): void
      removeItem(name: string): void
    }
    readonly persistSession: true
    readonly autoRefreshToken: false
    readonly detectSessionInUrl: false
  }
}

let clients = 0

/**
 * The session of a user of the double as Supabase Auth keeps it between visits: in a storage of its own. Default token:
 * `token-of-<user>`.
 */
export function signedIn(user: string, token: string = `token-of-${user}`): SignedIn {
  clients += 1
  const storageKey = `double-${clients}`
  const items = new Map([[storageKey, JSON.stringify(sessionOf(user, token))]])
  const storage: SignedIn['auth']['storage'] = {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
  }
  return { auth: { storageKey, storage, persistSession: true, autoRefreshToken: false, detectSessionInUrl: false } }
}
