import type { PullPage, PushOperation, PushVerdict } from '../contracts/remote-adapter.ts'
import type { JsonObject } from '../env/json.ts'
import type { Conflict, Resolution } from '../model/conflict.ts'
import type { Changes, Collections, Row } from '../model/schema.ts'
import type { Layer } from './compose.ts'

type Each<C, Extra extends { readonly [N in keyof C & string]: object }> = {
  readonly [N in keyof C & string]: { readonly collection: N } & Extra[N]
}[keyof C & string]

/** What a middleware can wrap: kind, to the operation it gets and the answer it gives. */
export interface Operations<C = Collections> {
  create: [Each<C, { [N in keyof C & string]: { readonly kind: 'create'; readonly record: Row<C[N]> } }>, unknown]
  /** A field that is `undefined` in `change` is removed. `record`: as it is seen, before the change. */
  update: [
    Each<
      C,
      {
        [N in keyof C & string]: {
          readonly kind: 'update'
          readonly id: string
          readonly record: Row<C[N]>
          readonly change: Changes<Row<C[N]>>
        }
      }
    >,
    unknown,
  ]
  delete: [{ readonly kind: 'delete'; readonly collection: keyof C & string; readonly id: string }, unknown]
  /** `signal` aborts when the engine stops: a middleware that waits ends its waiting then, and throws. */
  pull: [{ readonly kind: 'pull'; readonly collections: readonly string[]; readonly signal: AbortSignal }, PullPage]
  /** `signal` as for `pull`. `atomic`: the operations of one transaction, which apply whole or not at all. */
  push: [
    {
      readonly kind: 'push'
      readonly operations: readonly PushOperation[]
      readonly atomic: boolean
      readonly signal: AbortSignal
    },
    readonly PushVerdict[],
  ]
  resolve: [
    {
      readonly kind: 'resolve'
      readonly collection: keyof C & string
      readonly id: string
      readonly conflict: Conflict<JsonObject>
    },
    Resolution<object>,
  ]
  request: [Request, Response]
}

/** Handlers by kind, each an onion layer: `next()` goes on, `next(changed)` goes on with a changed copy. */
export type Middleware<C = Collections> = {
  readonly [K in keyof Operations<C>]?: Layer<Operations<C>[K][0], Operations<C>[K][1]>
}

type AnyOperations = Operations<Collections>
/** Middleware that fits every client. */
export type SharedMiddleware = {
  readonly [K in keyof AnyOperations]?: <O extends AnyOperations[K][0], R extends AnyOperations[K][1]>(
    operation: O,
    next: (changed?: O) => Promise<R>,
  ) => Promise<R>
}

/** Runs every middleware of a kind around `last`. */
export type Around = <K extends keyof Operations>(
  kind: K,
  operation: Operations[K][0],
  last: (operation: Operations[K][0]) => Promise<Operations[K][1]>,
) => Promise<Operations[K][1]>
