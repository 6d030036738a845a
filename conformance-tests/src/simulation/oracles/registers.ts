import type { Row } from '../devices/app.ts'
import type { Effect } from '../servers/site.ts'

/** A value that one field of a record had at the backend. */
export interface Put {
  readonly value: string
  /** Which of all changes it was. */
  readonly version: number
  readonly at: number
  /** What put it there; `undefined`: the backend went back to it. */
  readonly effect: Effect | undefined
}

/** A moment at which the backend went back to an earlier state. */
export interface Return {
  readonly at: number
  readonly takenBack: readonly Effect[]
}

/** The fields whose values are words of one write each. */
export const fields = ['title', 'tags'] as const
export type Field = (typeof fields)[number]

/** What a field has when there is no record. */
export const gone = '\u0000gone'

/** A field's value as text; `null`: no record. */
export function textIn(row: Row | null | undefined, field: Field): string {
  if (!row) return gone
  return field === 'title' ? (row.title ?? '') : (row.tags ?? []).join('\u0001')
}

/** The words of a value that {@link textIn} made of tags. */
export const tagsIn = (value: string): readonly string[] =>
  value === '' || value === gone ? [] : value.split('\u0001')

/** Whether a title is no word but the id of a record of the same user, that the record refers to. */
export const isReference = (key: string, title: string): boolean =>
  title.startsWith(key.slice(key.indexOf('/') + 1, key.indexOf('-') + 1))

export const keyOf = (collection: string, id: string): string => `${collection}/${id}`

/** Every value each field ever had at the backend, by `collection/id` and field, in order. */
export class Registers {
  readonly #puts = new Map<string, Put[]>()
  #version = 0

  constructor(effects: readonly Effect[], returns: readonly Return[]) {
    const left = [...returns]
    const open = new Set<Effect>()
    for (const effect of effects) {
      // What is taken back was there before.
      while (left[0] && left[0].at <= effect.at && left[0].takenBack.every((one) => open.has(one)))
        this.#return(left.shift())
      open.add(effect)
      this.#take(effect, effect.before, effect.after, effect.at, effect)
    }
    for (const one of left) this.#return(one)
  }

  /** What the field was changed to, in order. */
  of(key: string, field: Field): readonly Put[] {
    return this.#puts.get(`${key} ${field}`) ?? []
  }

  /** What the field had at an instant, with everything that happened in it. */
  at(key: string, field: Field, instant: number): Put | undefined {
    return this.of(key, field).findLast(({ at }) => at <= instant)
  }

  #take(
    { collection, id }: Effect,
    before: Row | null,
    after: Row | null,
    at: number,
    effect: Effect | undefined,
  ): void {
    const version = this.#version++
    for (const field of fields) {
      const value = textIn(after, field)
      if (value === textIn(before, field)) continue
      const name = `${keyOf(collection, id)} ${field}`
      const puts = this.#puts.get(name)
      const put: Put = { value, version, at, effect }
      if (puts) puts.push(put)
      else this.#puts.set(name, [put])
    }
  }

  #return(one: Return | undefined): void {
    for (const effect of one?.takenBack.toReversed() ?? [])
      this.#take(effect, effect.after, effect.before, one?.at ?? 0, undefined)
  }
}
