/** What each text names, taken from it by hand: by the heading of its table on the page. */
const lists: Readonly<Record<string, string>> = {
  'Datum: the overview': `
    Datum.initialize, Datum.instance, DatumConfig, enableLogging, DatumRegistration, registrations, DatumEntity, toDatumMap,
    copyWith, RelationalDatumEntity, Adapter, LocalAdapter, RemoteAdapter, DatumConnectivityChecker, connectivityChecker,
    conflictResolver, middlewares, observers, globalObservers, DatumManager, Datum.instance.create, Datum.instance.read,
    Datum.instance.readAll, Datum.instance.update, Datum.instance.delete, watchAll, watchById, watchAllPaginated,
    PaginationConfig, watchQuery, StreamSubscription.cancel, DatumQueryBuilder, where, orderBy, descending, build, startsWith,
    isEqualTo, Datum.instance.query, DataSource.local, DataSource.remote, fetchRelated, watchRelated, synchronize, syncedCount,
    failedCount, conflictsResolved, pauseSync, resumeSync, checkHealth, allHealths, statusForUser, pendingOperationsCount, dispose,
    Offline queue, Automatic synchronization, Conflict resolution, LastWriteWins, LocalPriority, RemotePriority,
    Real-time collaboration, Backend agnosticism, Dart and Flutter`,
  'Datum: beyond the overview': `
    createMany, saveMany, updateMany, deleteMany, exists, count, diff, patch, watchCount, watchFirst, pushAndSync, updateAndSync,
    deleteAndSync, DataFetchStrategy, localOnly, remoteOnly, localFirst, remoteFirst, contains, endsWith, isIn, between, matches,
    withinDistance, CompositeFilter, nullSortOrder, toSql, rawQuery, withRelated, BelongsTo, HasMany, HasOne, ManyToMany,
    cascadeDelete, CascadeDeleteBehavior, dryRun, getDeletePlan, withProgress, CancellationToken, withTimeout, transaction,
    switchUser, UserSwitchStrategy, syncThenSwitch, keepLocal, clearAndFetch, promptIfUnsyncedData, clearUserData, clear,
    startAutoSync, autoSyncInterval, getNextSyncTime, getPendingCount, getPendingOperations, getStorageSize, watchStorageSize,
    getLastSyncResult, getRemoteSyncMetadata, DatumSyncMetadata, dataHash, metrics, DatumMetrics, DatumSyncStatistics,
    DatumSyncStatus, idle, syncing, paused, failed, completed, DatumSyncHealth, DatumSyncProgressEvent, DatumSyncStartedEvent,
    DatumSyncCompletedEvent, DatumSyncErrorEvent, DataChangeEvent, changeStream, ConflictDetectedEvent, ConflictResolvedEvent,
    UserSwitchedEvent, InitialSyncEvent, DatumObserver, transformBeforeSave, transformAfterFetch, MergeResolver,
    UserPromptResolver, askUser, abort, CRDTResolver, PNCounter, ORSet, RgaText, RgaList, VectorClock, SyncDirection,
    pushThenPull, pullThenPush, pushOnly, pullOnly, DatumSyncOptions, forceFullSync, DatumSyncScope, SequentialStrategy,
    ParallelStrategy, SkipConcurrentStrategy, DeltaSyncCapable, CursorSyncCapable, deltaSyncOverlap, DeleteBehavior,
    includeDeletes, detectRemoteDeletions, ColdStartStrategy, DatumErrorRecoveryStrategy, ExponentialBackoff, maxRetries,
    DatumException, DatumExceptionCode, DatumEither, tryRead, Migration, SchemaMigration, schemaVersion, autoMigrate, DatumSchema,
    MapTarget, ExcludableEntity, @DatumSerializable, useIsolateSync, IsolateStrategy, enableQueryCache, getCacheStats,
    DatumPersistence, DatumLogger, LogSampler, Presets, datum_test, InMemoryLocalAdapter, LocalSyncServer, Background work`,
  'Amplify DataStore: how it works': `
    save, query, update, delete, observe, Local only mode, modelgen, Models, Storage Engine, Storage Adapter, Model Repository,
    IndexedDB, SQLite, System Models, Conversion of GraphQL types, aws-exports.js, amplifyconfiguration.json, Cognito,
    authorization rules, Sync Engine, Observer pattern, Subscriptions, Base Query, Last Sync Time, Delta Query, Delta Sync table,
    _version, Mutation queue, Automerge, Optimistic Concurrency, Custom Lambda, Writing from the AppSync console, _lastChangedAt,
    _deleted`,
  'Amplify DataStore: syncing data to cloud': `
    AmplifyDataStore, ModelProvider, AmplifyAPI, Amplify.addPlugins, Amplify.configure, AmplifyAlreadyConfiguredException,
    amplify status, amplify push, amplify pull, Existing backend, DataStore.save, DataStore.delete, where, DataStoreException,
    Conflict detection and resolution, conflict handler, DataStore.clear, Amplify.Hub.listen, SIGNED_OUT, syncExpressions,
    DataStoreSyncExpression, gt, beginsWith, eq, and, DataStore.stop, DataStore.start, QueryPredicate.all,
    QueryPredicateConstant.all, Query instead of Scan, @index, GSI, maxRecordsToSync`,
  'DataStore for JavaScript: beyond these two pages': `
    observeQuery, isSynced, Model.copyOf, Predicates.ALL, CustomIdentifier, CompositeIdentifier, notContains, notIn, between, sort,
    page, limit, AsyncCollection, conflictHandler, DISCARD, errorHandler, errorType, recoverySuggestion, syncPageSize,
    fullSyncInterval, authModeStrategyType, MULTI_AUTH, storageAdapter, ready, syncQueriesReady, modelSynced, outboxStatus,
    outboxMutationEnqueued, outboxMutationProcessed, networkStatus, subscriptionsEstablished, syncQueriesStarted,
    nonApplicableDataReceived, Outbox merging, A changed schema`,
  'Flutter: offline-first support': `
    Repository, UserProfileRepository, single source of truth, ApiClientService, DatabaseService, UserProfileLocal,
    UserProfileRemote, UserProfile, freezed, UserProfileViewModel, notifyListeners, Local data as a fallback, Stream,
    Only local data, Pull to refresh, Online-only writing, Offline-first writing, Timer.periodic, sync(), Background task,
    workmanager, connectivity_plus, battery_plus, synchronized, Pushing data from the server, Firebase messaging`,
}

/** The names of a table. */
export const namesOf = (table: string): readonly string[] =>
  (lists[table] ?? '').split(',').map((name) => name.trim().replace(/\s+/g, ' '))

/** The tables that the page must have. */
export const tables: readonly string[] = Object.keys(lists)
