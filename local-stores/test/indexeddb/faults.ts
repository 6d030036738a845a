import { forceCloseDatabase } from 'fake-indexeddb'
import { onTestFinished } from 'vitest'

type Method<T> = (this: T, ...args: unknown[]) => unknown

/** Puts `make` of a method in its place, until the result is called or the test is over. */
export function patch<T extends object>(
  target: T,
  name: keyof T,
  make: (original: Method<T>) => Method<T>,
): () => void {
  const original = Reflect.get(target, name) as Method<T>
  const restore = (): void => void Reflect.set(target, name, original)
  Reflect.set(target, name, make(original))
  onTestFinished(restore)
  return restore
}

/** The stand-in's own way to abort for a reason, as a browser does; `null`: it does not say why. */
function abort(tx: IDBTransaction, why: string | null): void {
  ;(tx as unknown as { _abort(why: string | null): void })._abort(why)
}

/** Counts the write requests of all transactions from now on, and has the one numbered `at` (from 1) aborted. */
export function abortAt(at: number, why: string | null = null): { readonly seen: () => number; restore(): void } {
  let seen = 0
  const restores = (['put', 'delete', 'clear'] as const).map((method) =>
    patch(
      IDBObjectStore.prototype,
      method,
      (original) =>
        function (...args) {
          const request = original.apply(this, args)
          if (this.transaction.mode === 'readwrite') {
            seen += 1
            if (seen === at) abort(this.transaction, why)
          }
          return request
        },
    ),
  )
  return {
    seen: () => seen,
    restore: () => {
      for (const restore of restores) restore()
    },
  }
}

/** The browser takes the connection away: nothing begins on it any more, and it says so a little later. */
function cut(db: IDBDatabase): void {
  Object.assign(db, { _closePending: true })
  setTimeout(() => forceCloseDatabase(db as never))
}

/** From now on the connection is taken away with the write request numbered `at`, and its transaction with it. */
export function cutAt(at: number, times = 1): void {
  let seen = 0
  for (const method of ['put', 'delete'] as const) {
    patch(
      IDBObjectStore.prototype,
      method,
      (original) =>
        function (...args) {
          const request = original.apply(this, args)
          seen += 1
          if (seen >= at && seen < at + times) {
            cut(this.transaction.db)
            abort(this.transaction, null)
          }
          return request
        },
    )
  }
}

/** The next commit takes effect, and the browser takes the connection away before it tells so. */
export function loseAnswer(): void {
  const calls = new WeakMap<IDBTransaction, number>()
  const restore = patch(
    IDBTransaction.prototype,
    'addEventListener',
    (original) =>
      function (this: IDBTransaction, type, listener) {
        const call = (calls.get(this) ?? 0) + 1
        calls.set(this, call)
        // The first three are the stand-in's own.
        if (call <= 3 || this.mode !== 'readwrite') return original.call(this, type, listener)
        const lost = (): void => {
          restore()
          cut(this.db)
          ;(listener as () => void)()
        }
        return type === 'abort' ? original.call(this, 'complete', lost) : undefined
      },
  )
}

/** Transactions that write begin and never go on; the result ends that for those begun later. */
export function hang(mode: IDBTransactionMode): () => void {
  return patch(
    IDBTransaction.prototype,
    '_start' as keyof IDBTransaction,
    (original) =>
      function (this: IDBTransaction) {
        return this.mode === mode ? undefined : original.call(this)
      },
  )
}

/** For {@link patch}: requests of a method whose first argument `applies` fail as Chromium's do for a value it has lost. */
export const unreadable =
  (applies: (query: unknown) => boolean) =>
  (original: Method<IDBObjectStore>): Method<IDBObjectStore> =>
    function (query, ...rest) {
      const request = original.call(this, query, ...rest)
      const { _requests: queue } = this.transaction as unknown as { _requests: { operation: () => unknown }[] }
      const asked = queue.at(-1)
      if (asked && applies(query)) {
        asked.operation = () => {
          throw new DOMException('Failed to read large IndexedDB value', 'DataError')
        }
      }
      return request
    }
