import type { Json, JsonObject } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { checkOptions } from '../middleware/options.ts'
import type { Conflict } from '../model/conflict.ts'
import { isObject } from '../model/value.ts'
import { type Choice, checkDeleteRule, type DeleteRule, ruleOnDelete } from './sides.ts'

/**
 * What a field becomes that both sides changed. `undefined`: the side does not have the field; returned: the field is removed.
 * Throwing puts the conflict into the inbox.
 */
export type FieldMerge<V> = (base: V | undefined, local: V | undefined, remote: V | undefined) => V | undefined

/** A rule for each field that has one of its own. */
export type FieldMerges<T> = { readonly [F in keyof T]?: FieldMerge<T[F]> }

/** What {@link merge} does where no field says. */
export interface MergeOptions {
  /** A field without a rule: that side's value; `ask`: the whole conflict goes to the inbox. Default `local`. */
  readonly otherwise?: 'local' | 'remote' | 'ask'
  /** A delete against an edit. Default `ask`. */
  readonly deletes?: DeleteRule
}

type Rule = FieldMerge<Json>

function check(fields: object, options: MergeOptions): void {
  if (!isObject(fields) || Object.values(fields).some((rule) => rule !== undefined && typeof rule !== 'function')) {
    throw invalidConfig('merge() takes functions by field')
  }
  checkOptions('merge', options, ['otherwise', 'deletes'])
  const { otherwise = 'local', deletes = 'ask' } = options
  if (!['local', 'remote', 'ask'].includes(otherwise)) {
    throw invalidConfig('merge(): otherwise must be one of local, remote, ask')
  }
  checkDeleteRule('merge', deletes)
}

const valueIn = (record: JsonObject | null, field: string): Json | undefined =>
  record && Object.hasOwn(record, field) ? record[field] : undefined

/**
 * A resolver that merges field by field: each field that both sides changed by its own rule. See `asSet`, `asFields`, `asCounter`,
 * `largest`, `smallest` and `longest` for rules.
 *
 * @example conflict: { tasks: merge({ tags: asSet, likes: asCounter }) }
 * @throws SyncError `SYNC_CONFIG_INVALID` naming what is wrong
 */
export function merge<T extends object>(
  fields: FieldMerges<T>,
  options: MergeOptions = {},
): (conflict: Conflict<T>) => T | Choice {
  check(fields, options)
  const { otherwise = 'local', deletes = 'ask' } = options
  const rules = new Map(Object.entries(fields).filter(([, rule]) => rule)) as ReadonlyMap<string, Rule>
  return (conflict) => {
    const onDelete = ruleOnDelete(deletes, conflict)
    if (onDelete) return onDelete
    if (otherwise === 'ask' && conflict.fields.some((field) => !rules.has(field))) return 'ask'
    const { base, local, remote } = conflict as unknown as Conflict<JsonObject>
    const values = conflict.fields.map((field) => {
      const [before, mine, theirs] = [base, local, remote].map((side) => valueIn(side, field))
      const rule = rules.get(field)
      if (rule) return [field, rule(before, mine, theirs)] as const
      return [field, otherwise === 'remote' ? theirs : mine] as const
    })
    const kept = Object.entries(local ?? {}).filter(([field]) => !conflict.fields.includes(field as never))
    return Object.fromEntries([...kept, ...values.filter(([, value]) => value !== undefined)]) as T
  }
}
