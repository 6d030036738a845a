/** A document, as the admin SDK names it. */
export interface AdminReference {
  readonly path: string
  get(): Promise<AdminSnapshot>
  set(data: object): Promise<unknown>
  create(data: object): Promise<unknown>
  update(data: object, precondition: { readonly lastUpdateTime: unknown }): Promise<unknown>
  onSnapshot(heard: (one: AdminSnapshot) => void, failed: (error: Error) => void): () => void
}

/** A document as it was read. */
export interface AdminSnapshot {
  readonly id: string
  readonly exists: boolean
  readonly updateTime?: unknown
  data(): object | undefined
}

/** What a query found. */
interface AdminFound {
  readonly docs: readonly AdminSnapshot[]
  docChanges(): readonly { readonly type: string; readonly doc: AdminSnapshot }[]
}

/** A query under construction. */
export interface AdminQuery {
  where(field: unknown, operator: string, value: unknown): AdminQuery
  orderBy(field: unknown, direction: string): AdminQuery
  startAt(...values: readonly unknown[]): AdminQuery
  startAfter(...values: readonly unknown[]): AdminQuery
  endAt(...values: readonly unknown[]): AdminQuery
  endBefore(...values: readonly unknown[]): AdminQuery
  limit(count: number): AdminQuery
  limitToLast(count: number): AdminQuery
  count(): { get(): Promise<{ data(): { readonly count: number } }> }
  get(): Promise<AdminFound>
  onSnapshot(heard: (found: AdminFound) => void, failed: (error: Error) => void): () => void
}

/** What takes writes: a batch or a transaction. */
export interface AdminWrites {
  set(at: AdminReference, data: object, options?: { readonly merge: boolean }): unknown
  update(at: AdminReference, ...dataOrPairs: readonly unknown[]): unknown
  delete(at: AdminReference): unknown
}

/** A database of the admin SDK. */
export interface AdminFirestore {
  doc(path: string): AdminReference
  collection(path: string): AdminQuery
  batch(): AdminWrites & { commit(): Promise<unknown> }
  runTransaction(
    run: (transaction: AdminWrites & { get(at: AdminReference): Promise<AdminSnapshot> }) => Promise<void>,
    options?: { readonly maxAttempts: number },
  ): Promise<void>
  terminate(): Promise<void>
}

/** What is used of `@google-cloud/firestore`. */
export interface AdminSdk {
  readonly Firestore: new (settings: {
    readonly projectId: string
    readonly host: string
    readonly ssl: boolean
    readonly credentials: { readonly client_email: string; readonly private_key: string }
  }) => AdminFirestore
  readonly FieldValue: {
    serverTimestamp(): unknown
    increment(by: number): unknown
    arrayUnion(...items: readonly unknown[]): unknown
    arrayRemove(...items: readonly unknown[]): unknown
    delete(): unknown
  }
  readonly FieldPath: { new (...segments: readonly string[]): unknown; documentId(): unknown }
  readonly Timestamp: new (seconds: number, nanoseconds: number) => unknown
  readonly GeoPoint: new (latitude: number, longitude: number) => unknown
}
