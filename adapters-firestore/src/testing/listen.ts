import type { Json, JsonObject } from '@rowkeep/kernel'
import { docPathOf, type Located, splitName } from './documents.ts'
import { isObject, listOf, microsOf, objectOf, textOf } from './proto.ts'
import { namedDoc, type Reads } from './reads.ts'
import type { Caller } from './rules.ts'
import { StatusError } from './status.ts'

/** What a client listens to: a query, or documents by name. */
interface Target {
  readonly database: string
  /** Collections whose changes concern it. */
  readonly collections: ReadonlySet<string>
  /** What it finds now. */
  find(): readonly Located[]
  /** When each document that was told was written; by name. */
  told: ReadonlyMap<string, string>
}

const nameOf = (database: string, { collection, id }: Located): string => `${database}/documents/${collection}/${id}`

/** One Listen stream: targets come and go, and each hears of what enters, changes in and leaves its result. */
export class ListenStream {
  readonly #reads: Reads
  readonly #caller: Caller
  readonly #send: (message: Json) => void
  readonly #targets = new Map<number, Target>()
  readonly #end: () => void

  constructor(reads: Reads, caller: Caller, send: (message: Json) => void) {
    this.#reads = reads
    this.#caller = caller
    this.#send = send
    this.#end = reads.documents.watch((collections) => this.#changed(collections))
  }

  close(): void {
    this.#end()
    this.#targets.clear()
  }

  /** A `ListenRequest` of the client. */
  receive(message: JsonObject): void {
    if (isObject(message['addTarget'])) this.#add(message['addTarget'])
    const id = Number(message['removeTarget'] ?? 0)
    if (this.#targets.delete(id)) this.#send({ targetChange: { targetChangeType: 'REMOVE', targetIds: [id] } })
  }

  #add(raw: JsonObject): void {
    const id = Number(raw['targetId'])
    try {
      const target = this.#targetOf(raw)
      const { resumeToken } = raw
      this.#targets.set(id, target)
      this.#send({ targetChange: { targetChangeType: 'ADD', targetIds: [id] } })
      this.#tell(id, target, typeof resumeToken === 'string' && resumeToken !== '' ? atob(resumeToken) : undefined)
      this.#settle()
    } catch (thrown) {
      if (!(thrown instanceof StatusError)) throw thrown
      const cause = { code: thrown.grpc, message: thrown.message }
      this.#send({ targetChange: { targetChangeType: 'REMOVE', targetIds: [id], cause } })
    }
  }

  #targetOf({ query, documents }: JsonObject): Target {
    const told: ReadonlyMap<string, string> = new Map()
    if (isObject(query)) {
      const { database, path } = splitName(textOf(query['parent'], 'parent'))
      const wanted = this.#reads.query(
        database,
        path,
        objectOf(query['structuredQuery'], 'structured_query'),
        this.#caller,
      )
      return {
        database,
        collections: new Set([wanted.collection]),
        find: () => wanted.run(this.#reads.documents),
        told,
      }
    }
    const names = listOf(objectOf(documents, 'documents')['documents'], 'documents').map((one) => String(one))
    for (const name of names) this.#reads.get(name, this.#caller)
    const places = names.map((name) => docPathOf(splitName(name).path))
    const find = (): readonly Located[] =>
      places.flatMap((at) => {
        const doc = this.#reads.documents.get(at)
        return doc ? [{ ...at, doc }] : []
      })
    const { database } = splitName(names[0] ?? '')
    // A document that is not there is told of as deleted, once, at the start.
    const missing = new Map(names.map((name) => [name, '']))
    return { database, collections: new Set(places.map(({ collection }) => collection)), find, told: missing }
  }

  #changed(collections: ReadonlySet<string>): void {
    for (const [id, target] of this.#targets)
      if ([...target.collections].some((one) => collections.has(one))) this.#tell(id, target, undefined)
    this.#settle()
  }

  /** Tells a target of the difference to what it was told before; `since`: what it knows from an earlier stream. */
  #tell(id: number, target: Target, since: string | undefined): void {
    const { database, told } = target
    const found = new Map(target.find().map((one) => [nameOf(database, one), one]))
    const isNews = (name: string, { doc: { updateTime } }: Located): boolean =>
      told.get(name) !== updateTime && (since === undefined || microsOf(updateTime) > microsOf(since))
    const news = [...found].filter(([name, one]) => isNews(name, one))
    for (const [, one] of news) this.#send({ documentChange: { document: namedDoc(database, one), targetIds: [id] } })
    this.#reads.told(news.length)
    const readTime = this.#reads.documents.readTime()
    for (const name of told.keys()) if (!found.has(name)) this.#send(this.#goneFrom(id, name, readTime))
    // What left while nobody listened the client finds out by the number of those that should be there.
    if (since !== undefined) this.#send({ filter: { targetId: id, count: found.size } })
    target.told = new Map([...found].map(([name, { doc }]) => [name, doc.updateTime]))
    const current = { targetChangeType: 'CURRENT', targetIds: [id], resumeToken: btoa(readTime), readTime }
    this.#send({ targetChange: current })
  }

  #goneFrom(id: number, name: string, readTime: string): Json {
    const exists = this.#reads.documents.get(docPathOf(splitName(name).path)) !== undefined
    const change = { document: name, removedTargetIds: [id], readTime }
    return exists ? { documentRemove: change } : { documentDelete: change }
  }

  /** All targets are at one moment: the client shows what it was told. */
  #settle(): void {
    const readTime = this.#reads.documents.readTime()
    this.#send({
      targetChange: { targetChangeType: 'NO_CHANGE', targetIds: [], readTime, resumeToken: btoa(readTime) },
    })
  }
}
