import type { JsonObject, RemoteRow } from '@rowkeep/kernel'
import type { Row } from '../devices/app.ts'
import { hashOf } from '../time/chance.ts'
import type { Profile } from './profile.ts'
import type { Effect } from './site.ts'

/** An operation that a row has had, and from which device. */
export interface Mark {
  readonly opId: string
  readonly device: string
}

/** One row in one version; never changed, only replaced. */
export interface Held {
  readonly collection: string
  readonly id: string
  readonly user: string
  /** `null`: deleted. */
  readonly record: Row | null
  /** Grows with every write of whatever row. */
  readonly revision: number
  /** Where it stands in the feed: a number of its own, or a time that it may share. */
  readonly at: number
  /** Out of its user's scope. */
  readonly isHidden: boolean
  readonly marks: readonly Mark[]
  /** When it was written, ms of the history. */
  readonly writtenAt: number
}

/** What takes effect in one step. */
export interface Commit {
  readonly rows: readonly Held[]
  readonly effects: readonly Effect[]
  /** By operation what it asked for, where the backend keeps a log. */
  readonly log: readonly (readonly [opId: string, payload: string])[]
}

export const keyOf = (collection: string, id: string): string => `${collection}/${id}`

/** Whether its user can see the row. */
export const isLive = (row: Held | undefined): row is Held & { readonly record: Row } =>
  row !== undefined && row.record !== null && !row.isHidden

/** The version as the wire has it. */
export function versionOf({ revision, collection, id }: Held, { capabilities }: Profile): string | null {
  if (capabilities.revisions === 'none') return null
  const text = String(revision)
  return capabilities.revisions === 'ordered' ? text : `${hashOf(keyOf(collection, id), revision).toString(36)}-${text}`
}

/** The row as the wire has it. */
export function remoteRow(row: Held, profile: Profile): RemoteRow {
  const { collection, id, record } = row
  const head = { collection, id, revision: versionOf(row, profile) }
  return record ? { kind: 'record', ...head, record: record as unknown as JsonObject } : { kind: 'tombstone', ...head }
}

/** What is committed: the rows, the log, and how it came to be, so that it can be taken back. */
export class Rows {
  readonly #all = new Map<string, Held>()
  readonly #log = new Map<string, string>()
  readonly #keepsDeleted: boolean
  readonly #commits: Commit[] = []

  constructor({ capabilities }: Profile) {
    this.#keepsDeleted = capabilities.deletes !== 'none'
  }

  get(key: string): Held | undefined {
    return this.#all.get(key)
  }

  all(): Iterable<Held> {
    return this.#all.values()
  }

  /** What an operation asked for that took effect here. */
  logged(opId: string): string | undefined {
    return this.#log.get(opId)
  }

  commit(commit: Commit): void {
    this.#commits.push(commit)
    this.#take(commit)
  }

  /** Forgets a deletion. */
  purge(key: string): void {
    this.#all.delete(key)
  }

  /** Goes back to before the last `count` commits; the result: what that takes back. */
  goBack(count: number): readonly Effect[] {
    const lost = this.#commits.splice(Math.max(0, this.#commits.length - count)).flatMap(({ effects }) => effects)
    this.#all.clear()
    this.#log.clear()
    for (const commit of this.#commits) this.#take(commit)
    return lost
  }

  #take({ rows, log }: Commit): void {
    for (const row of rows) {
      const key = keyOf(row.collection, row.id)
      if (row.record || this.#keepsDeleted) this.#all.set(key, row)
      else this.#all.delete(key)
    }
    for (const [opId, payload] of log) this.#log.set(opId, payload)
  }
}
