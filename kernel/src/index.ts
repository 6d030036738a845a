export type { SyncClient } from './client/client.ts'
export type { Collection, Outcome, WriteOptions, WriteStrategy } from './client/collection.ts'
export { createSyncClient } from './client/create-client.ts'
export type { Migrations, Plugin, PluginHost, SharedPlugin, SyncClientOptions } from './client/options.ts'
export type { Status } from './client/status.ts'
export type * from './contracts/capabilities.ts'
export type * from './contracts/local-store.ts'
export type * from './contracts/remote-adapter.ts'
export { type Env, platformEnv } from './env/env.ts'
export type { Json, JsonObject } from './env/json.ts'
export type { RetryClass, SyncErrorCode } from './errors/codes.ts'
export { errorOf, type Failure, isSyncError, SyncError, type SyncErrorOptions } from './errors/sync-error.ts'
export { memoryStore } from './journal/memory-store.ts'
export type { Unsubscribe, Watch } from './live/watch.ts'
export { compareValues, fieldOf, sameValue } from './model/compare.ts'
export type { Conflict, Resolution, Resolver } from './model/conflict.ts'
export type { Observer, SyncEvents } from './model/events.ts'
export type { FieldTest, Filter, FilterOperator } from './model/filter.ts'
export type { Direction, Query, Where } from './model/query.ts'
export {
  type Changes,
  type Collections,
  type Definition,
  type Draft,
  type Relation,
  type Row,
  record,
} from './model/schema.ts'
export type { WriteCounts } from './outbox/counts.ts'
export type { Layer } from './pipeline/compose.ts'
export type { Middleware, Operations, SharedMiddleware } from './pipeline/middleware.ts'
export type { CycleResult } from './sync/cycle.ts'
