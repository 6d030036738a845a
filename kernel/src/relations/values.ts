import type { Related } from '../client/host.ts'
import type { OnDelete, Relation } from '../model/schema.ts'
import type { Shapes } from './edges.ts'
import { relatedBy } from './related.ts'

/** What a relation can be given. */
export interface RelationOptions {
  /** What is done to the records that hold the foreign key when the one they refer to is deleted. Default: as the other side says, else `none`. */
  readonly onDelete?: OnDelete
}

type Fields = string | readonly string[]

const bring: (shapes: Shapes) => Related = relatedBy

/**
 * This record holds the other's key in `foreignKey`: one field, or a list of as many as the other's key has. Loaded with `with`:
 * the other record, or `undefined` if it is not here.
 *
 * @example relations: { project: belongsTo('projects', 'projectId', { onDelete: 'setNull' }) }
 */
export const belongsTo = <const To extends string, const Fk extends Fields>(
  to: To,
  foreignKey: Fk,
  { onDelete }: RelationOptions = {},
): Relation<'belongsTo', To, Fk> => ({ kind: 'belongsTo', to, foreignKey, onDelete, bring })

/**
 * One record of the other collection holds this one's key in `foreignKey`. Loaded with `with`: that record, of several the one
 * with the least id, or `undefined`.
 *
 * @example relations: { profile: hasOne('profiles', 'userId', { onDelete: 'cascade' }) }
 */
export const hasOne = <const To extends string, const Fk extends Fields>(
  to: To,
  foreignKey: Fk,
  { onDelete }: RelationOptions = {},
): Relation<'hasOne', To, Fk> => ({ kind: 'hasOne', to, foreignKey, onDelete, bring })

/**
 * Records of the other collection hold this one's key in `foreignKey`. Loaded with `with`: those records, ordered by id. An
 * index on that field makes it fast.
 *
 * @example relations: { tasks: hasMany('tasks', 'projectId') }
 */
export const hasMany = <const To extends string, const Fk extends Fields>(
  to: To,
  foreignKey: Fk,
  { onDelete }: RelationOptions = {},
): Relation<'hasMany', To, Fk> => ({ kind: 'hasMany', to, foreignKey, onDelete, bring })

/**
 * Records of both collections, joined by those of a third one: `from` is its field, or fields, with this one's key, `to` that
 * with the other's. Loaded with `with`: the other records, each once, ordered by id. `onDelete` says what happens to the
 * joining records when this one is deleted.
 *
 * @example relations: { tags: manyToMany('tags', { through: 'taskTags', from: 'taskId', to: 'tagId', onDelete: 'cascade' }) }
 */
export const manyToMany = <
  const To extends string,
  const Through extends string,
  const From extends Fields,
  const Other extends Fields,
>(
  to: To,
  join: RelationOptions & { readonly through: Through; readonly from: From; readonly to: Other },
): Relation<'manyToMany', To, From, Through, Other> => ({
  kind: 'manyToMany',
  to,
  foreignKey: join.from,
  onDelete: join.onDelete,
  through: join.through,
  otherKey: join.to,
  bring,
})
