import type { ModelServer } from '@rowkeep/kernel/testing'
import type { DocPath } from './documents.ts'
import { type Fields, microsOf, numberOf, type Value } from './proto.ts'
import { StatusError } from './status.ts'

/** Who calls: a user, nobody, or an admin, for whom there are no rules. */
export type Caller = { readonly uid: string | undefined } | 'admin'

/** One write or read, as security rules see it. */
export interface Access {
  readonly caller: Caller
  readonly at: DocPath
  /** `undefined`: there is no such document, before or after. */
  readonly before: Fields | undefined
  readonly after: Fields | undefined
  /** `request.time`. */
  readonly time: string
}

const denied = (): StatusError => new StatusError('PERMISSION_DENIED', 'Missing or insufficient permissions.')

const isTime = (value: Value | undefined, time: string): boolean =>
  typeof value?.['timestampValue'] === 'string' && microsOf(value['timestampValue']) === microsOf(time)

/** `match /users/{user}/mutations/{id}`: created once, by their user, with exactly these fields. */
function allowsMutation({ before, after, time }: Access): boolean {
  if (before !== undefined || after === undefined) return false
  const names = Object.keys(after).sort().join()
  return names === 'at,digest' && typeof after['digest']?.['stringValue'] === 'string' && isTime(after['at'], time)
}

/** `match /users/{user}/<collection>/{id}`: the next revision, stamped now; never removed. */
function allowsRecord({ before, after, time }: Access): boolean {
  if (after === undefined || !('integerValue' in (after['_rev'] ?? {}))) return false
  const known = before === undefined ? 0 : numberOf(before['_rev'])
  const isNext = known !== undefined && numberOf(after['_rev']) === known + 1
  return isNext && isTime(after['_changedAt'], time) && typeof after['_deleted']?.['booleanValue'] === 'boolean'
}

/** The rules that `npx @rowkeep/adapters-firestore rules` prints, in code. */
export class Rules {
  readonly #server: ModelServer
  readonly #collections: readonly string[]

  constructor(server: ModelServer, collections: readonly string[]) {
    this.#server = server
    this.#collections = collections
  }

  /** @throws StatusError `PERMISSION_DENIED` */
  mayRead(caller: Caller, collection: string): void {
    if (caller !== 'admin' && this.#ownPart(caller.uid, collection) === undefined) throw denied()
  }

  /** @throws StatusError `PERMISSION_DENIED` */
  mayWrite(access: Access): void {
    const { caller, at } = access
    if (caller === 'admin') return
    const part = this.#ownPart(caller.uid, at.collection)
    if (part === undefined || this.#server.isForbidden(at.collection, at.id)) throw denied()
    if (!(part === 'mutations' ? allowsMutation(access) : allowsRecord(access))) throw denied()
  }

  /** The part of the user's own tree that the rules open. */
  #ownPart(uid: string | undefined, collection: string): string | undefined {
    const [users, user, part, ...rest] = collection.split('/')
    const mine = uid !== undefined && users === 'users' && user === uid && rest.length === 0
    return mine && part !== undefined && [...this.#collections, 'mutations'].includes(part) ? part : undefined
  }
}
