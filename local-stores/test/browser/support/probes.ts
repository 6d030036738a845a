/** The table of a small database, for one request. */
function request<T>(mode: IDBTransactionMode, ask: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('probes', 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore('texts')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('texts', mode)
      const asked = ask(transaction.objectStore('texts'))
      transaction.oncomplete = () => {
        opening.result.close()
        resolve(asked.result)
      }
      transaction.onabort = () => reject(transaction.error)
    }
  })
}

/** Keeps a text under a key. */
export async function putText(key: string, text: string): Promise<void> {
  await request('readwrite', (table) => table.put(text, key))
}

/** The text under a key. */
export const getText = (key: string): Promise<unknown> => request('readonly', (table) => table.get(key))

/** Takes a lock and keeps it as long as the tab lives. */
export const holdLock = (name: string): Promise<never> =>
  navigator.locks.request(name, () => new Promise<never>(() => {}))

/** Whether nobody has the lock. */
export const isLockFree = (name: string): Promise<boolean> =>
  navigator.locks.request(name, { ifAvailable: true }, (lock) => lock !== null)
