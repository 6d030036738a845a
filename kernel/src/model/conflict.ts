/**
 * Both sides of a record that changed on both. `null` is a deleted record. `fields`: top-level fields changed on both sides;
 * empty for a delete against an edit. All frozen.
 */
export interface Conflict<T> {
  /** What the local changes were made on. */
  readonly base: T | null
  readonly local: T | null
  readonly remote: T | null
  readonly fields: readonly (keyof T & string)[]
}

/**
 * How a conflict ends. `local` and `remote` choose a side for `fields`, a record is read at `fields`; every other field
 * merges as if there were no conflict. For a delete against an edit the answer stands for the whole record, and a record
 * revives it. `delete` removes it; `ask` puts it into the conflict inbox.
 */
export type Resolution<T> = 'local' | 'remote' | 'delete' | 'ask' | T

/** Decides conflicts of a collection; may take its time, must not change what it is given. */
export type Resolver<T> = (conflict: Conflict<T>) => Resolution<T> | Promise<Resolution<T>>
