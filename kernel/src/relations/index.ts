import type { Relation } from '../model/schema.ts'

/**
 * This record holds the other's id in `foreignKey`. Loaded with `with`: the other record, or `undefined` if it is not here.
 *
 * @example relations: { project: belongsTo('projects', 'projectId') }
 */
export function belongsTo<const To extends string, const Fk extends string>(
  to: To,
  foreignKey: Fk,
): Relation<'belongsTo', To, Fk> {
  return { kind: 'belongsTo', to, foreignKey, attach: (record, _id, find) => find.byId(to, record[foreignKey]) }
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
  return { kind: 'hasMany', to, foreignKey, attach: (_record, id, find) => find.byField(to, foreignKey, id) }
}
