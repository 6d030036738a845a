import type { LoadRelations } from '../client/reads.ts'
import type { JsonObject } from '../env/json.ts'
import { idOf } from '../model/identity.ts'
import type { Relation } from '../model/schema.ts'
import { planQuery } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'

/** How one relation finds what belongs to a record. */
interface Loading<K extends string, To extends string, Fk extends string> extends Relation<K, To, Fk> {
  find(record: JsonObject, id: string, table: Table): unknown
}

/** Puts all named relations on rows; they change with the other collections too. */
const load: LoadRelations = (named, key, tableOf) => {
  const all = named as readonly (readonly [string, Loading<string, string, string>])[]
  const decorate = (record: JsonObject): JsonObject => {
    const id = String(idOf(record, key))
    const loaded = all.map(([name, relation]) => [name, relation.find(record, id, tableOf(relation.to))])
    return Object.freeze({ ...record, ...Object.fromEntries(loaded) })
  }
  return { tables: all.map(([, { to }]) => tableOf(to)), apply: (rows) => Object.freeze(rows.map(decorate)) }
}

/**
 * This record holds the other's id in `foreignKey`. Loaded with `with`: the other record, or `undefined` if it is not here.
 *
 * @example relations: { project: belongsTo('projects', 'projectId') }
 */
export function belongsTo<const To extends string, const Fk extends string>(
  to: To,
  foreignKey: Fk,
): Relation<'belongsTo', To, Fk> {
  const relation: Loading<'belongsTo', To, Fk> = {
    kind: 'belongsTo',
    to,
    foreignKey,
    load,
    find: (record, _id, table) => table.get(String(record[foreignKey])),
  }
  return relation
}

/**
 * Records of the other collection hold this one's id in `foreignKey`. Loaded with `with`: those records, ordered by id. An
 * index on that field makes it fast.
 *
 * @example relations: { tasks: hasMany('tasks', 'projectId') }
 */
export function hasMany<const To extends string, const Fk extends string>(
  to: To,
  foreignKey: Fk,
): Relation<'hasMany', To, Fk> {
  const relation: Loading<'hasMany', To, Fk> = {
    kind: 'hasMany',
    to,
    foreignKey,
    load,
    find: (_record, id, table) =>
      table.select(planQuery({ where: { [foreignKey]: { eq: id } } })).map(({ record }) => record),
  }
  return relation
}
