/** What the store uses of a localforage instance: any instance is one. Every key stands for itself; there are no transactions. */
export interface KeyValues {
  /** Rejects where no driver can be used. */
  ready(): Promise<void>
  /** The driver in use, once ready: `asyncStorage` (IndexedDB), `webSQLStorage`, `localStorageWrapper`, or one of the app's. */
  driver(): string | null
  config(): { readonly name?: string; readonly storeName?: string }
  /** `null`: there is no such key. */
  getItem(key: string): Promise<unknown>
  setItem(key: string, value: string): Promise<unknown>
  removeItem(key: string): Promise<unknown>
  keys(): Promise<readonly string[]>
}

const methods = ['ready', 'driver', 'config', 'getItem', 'setItem', 'removeItem', 'keys'] as const

/** Whether a value has what the store uses of a localforage instance. */
export const isKeyValues = (value: unknown): value is KeyValues =>
  methods.every((name) => typeof Object(value)[name] === 'function')

/** By the name that localforage gives it. */
export const localStorageDriver = 'localStorageWrapper'
