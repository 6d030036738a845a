import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'
import type { Fields, StoredDoc } from './proto.ts'
import { microsOf, timeOf } from './proto.ts'
import { invalid } from './status.ts'

/** A path below `documents/`: collection and document ids in turns. */
export interface DocPath {
  /** Path of the collection. */
  readonly collection: string
  readonly id: string
}

/** A document and where it is. */
export interface Located extends DocPath {
  readonly doc: StoredDoc
}

/** The database name in front of every resource name, and the path behind it. */
export function splitName(name: string): { readonly database: string; readonly path: string } {
  const parts = /^(projects\/[^/]+\/databases\/[^/]+)\/documents(?:\/(.*))?$/s.exec(name)
  if (!parts?.[1]) throw invalid(`Resource name ${JSON.stringify(name.slice(0, 200))} is invalid.`)
  return { database: parts[1], path: parts[2] ?? '' }
}

/** The document that a path of document ids names. */
export function docPathOf(path: string): DocPath {
  const segments = path.split('/')
  if (segments.length % 2 === 1) throw invalid(`Document name ${JSON.stringify(path.slice(0, 200))} lacks a segment.`)
  return { collection: segments.slice(0, -1).join('/'), id: segments.at(-1) ?? '' }
}

const docOf = (row: ModelRow | undefined): StoredDoc | undefined =>
  row?.fields ? (row.fields as unknown as StoredDoc) : undefined

/** Documents of one database over the state that stands behind every double. One transaction at a time. */
export class Documents {
  readonly #server: ModelServer
  #latest = 0

  constructor(server: ModelServer) {
    this.#server = server
  }

  get({ collection, id }: DocPath): StoredDoc | undefined {
    return docOf(this.#server.get(collection, id))
  }

  /** Documents of one collection, in no order. */
  list(collection: string): readonly Located[] {
    return this.#server.list(collection).flatMap((row) => {
      const doc = docOf(row)
      return doc ? [{ collection, id: row.id, doc }] : []
    })
  }

  /** Microseconds since the epoch, later at each call: the time of a commit. */
  commitTime(): number {
    this.#latest = Math.max(this.#latest + 1, this.#server.now() * 1000)
    return this.#latest
  }

  /** No commit so far is later than this, and every one to come is. */
  readTime(): string {
    this.#latest = Math.max(this.#latest, this.#server.now() * 1000)
    return timeOf(this.#latest)
  }

  /**
   * What `REQUEST_TIME` is set to. Milliseconds as in the service, but of a clock that ticks every ten: writes of one instant
   * are common, so that a client which relies on their being rare is found out.
   */
  requestTime(): string {
    return timeOf(Math.floor(this.#server.now() / 10) * 10_000)
  }

  /** Stores or, with `undefined`, removes without a trace. */
  put({ collection, id }: DocPath, fields: Fields | undefined, micros: number): void {
    if (fields === undefined) {
      this.#server.drop(collection, id)
      return
    }
    const before = this.get({ collection, id })
    const time = timeOf(micros)
    const doc: StoredDoc = { fields, createTime: before?.createTime ?? time, updateTime: time }
    const owner = /^users\/([^/]+)\//.exec(collection)?.[1] ?? ''
    this.#server.put({ table: collection, id, owner, fields: doc as unknown as JsonObject })
  }

  /** Tells of documents that changed, whoever changed them; once for all that one commit changed. */
  watch(listener: (collections: ReadonlySet<string>) => void): () => void {
    let changed = new Set<string>()
    return this.#server.watch((row, before) => {
      const table = row?.table ?? before?.table
      if (table === undefined) return
      if (changed.size === 0)
        queueMicrotask(() => {
          const told = changed
          changed = new Set()
          listener(told)
        })
      changed.add(table)
    })
  }
}

/** Whether two times name the same instant: clients send nine decimals where the service gives six. */
export const sameTime = (a: string, b: string): boolean => microsOf(a) === microsOf(b)
