import type { Json, JsonObject } from '../env/json.ts'
import { fieldOf } from '../model/compare.ts'
import type { Conflict } from '../model/conflict.ts'
import { isObject } from '../model/value.ts'
import type { SharedMiddleware } from '../pipeline/middleware.ts'

type Fields = Readonly<Record<string, unknown>>

/** A change without the removal of stamps, which a `save` of a record without them asks for. */
export const keepStamps = (change: object, stamped: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(change).filter(([field, value]) => value !== undefined || !stamped.includes(field)))

/** Fields that a plugin stamps; `newest` is the one that tells the newest change, `newer` whether one stamp is after another. */
export interface Stamped {
  readonly fields: readonly string[]
  readonly newest: string | undefined
  newer(stamp: Json, other: Json): boolean
}

/** The answer to a conflict, in which the stamp of the newest change never goes back. */
function keepNewest(
  answer: object | string,
  { local, remote, fields }: Conflict<JsonObject>,
  { newest, newer }: Stamped,
): object | string {
  const side = answer === 'local' ? local : answer
  if (!isObject(side) || !local || !remote || newest === undefined || !fields.includes(newest)) return answer
  const [mine, theirs] = [fieldOf(local, newest), fieldOf(remote, newest)]
  return { ...side, [newest]: newer(mine, theirs) ? mine : theirs }
}

/**
 * Puts a conflict to the resolver without its stamps, and not at all where nothing else is left of it: two devices that change
 * different fields would otherwise always meet at the stamp.
 */
export const resolveStamped =
  (stamped: Stamped, concerns: (collection: string) => boolean): NonNullable<SharedMiddleware['resolve']> =>
  async (operation, next) => {
    const { collection, conflict } = operation
    const fields = conflict.fields.filter((field) => !stamped.fields.includes(field))
    if (!concerns(collection) || fields.length === conflict.fields.length) return next()
    const asked = Object.freeze({ ...conflict, fields: Object.freeze(fields) })
    const answer = fields.length > 0 ? await next({ ...operation, conflict: asked }) : 'local'
    return keepNewest(answer, conflict, stamped) as never
  }
