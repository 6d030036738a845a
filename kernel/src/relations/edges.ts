import type { CollectionShape } from '../client/options.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidConfig } from '../errors/sync-error.ts'
import { idOf } from '../model/identity.ts'
import type { OnDelete, Relation } from '../model/schema.ts'

/** The collections of a client, by name. */
export type Shapes = ReadonlyMap<string, CollectionShape>

/** Records of `from` hold in `fields` the key of a record of `to`; however many relations say so. */
export interface Edge {
  readonly from: string
  readonly fields: readonly string[]
  readonly to: string
  /** `undefined`: no side says. */
  onDelete: OnDelete | undefined
}

/** A field, or several, as a list. */
export const listOf = (fields: string | readonly string[]): readonly string[] =>
  typeof fields === 'string' ? [fields] : fields

/** The id of the record that this one refers to in `fields`; `undefined`: it refers to none. */
export function refOf(record: JsonObject | null, fields: readonly string[]): string | undefined {
  if (!record) return undefined
  const id = idOf(record, fields)
  const isWhole = fields.every((field) => Object.hasOwn(record, field) && record[field] !== null)
  return isWhole && typeof id === 'string' ? id : undefined
}

const kinds = ['belongsTo', 'hasOne', 'hasMany', 'manyToMany']
const behaviours = ['none', 'cascade', 'restrict', 'setNull', undefined]

/** Where a relation's keys are: two places for one through a third collection. */
function placesOf(name: string, relation: Relation): readonly Edge[] {
  const { kind, to, foreignKey, onDelete, through = '', otherKey = '' } = relation
  const fields = listOf(foreignKey)
  if (kind === 'belongsTo') return [{ from: name, fields, to, onDelete }]
  if (kind !== 'manyToMany') return [{ from: to, fields, to: name, onDelete }]
  return [
    { from: through, fields, to: name, onDelete },
    { from: through, fields: listOf(otherKey), to, onDelete: undefined },
  ]
}

function checkEdge(shapes: Shapes, { from, fields, to, onDelete }: Edge, refuse: (why: string) => never): void {
  for (const name of [from, to]) if (!shapes.has(name)) refuse(`leads to "${name}", which is no collection`)
  const isText = (field: unknown): boolean => typeof field === 'string' && field !== ''
  if (!Array.isArray(fields) || fields.length === 0 || !fields.every(isText))
    refuse('needs a field, or several, as its key')
  const { length } = shapes.get(to)?.key ?? []
  if (fields.length > 1 && fields.length !== length) refuse(`has ${fields.length} fields for a key of ${length}`)
  if (!behaviours.includes(onDelete)) refuse(`has an onDelete other than ${behaviours.slice(0, 4).join(', ')}`)
  const isKey = fields.some((field) => shapes.get(from)?.key.includes(field))
  if (onDelete === 'setNull' && isKey) refuse(`cannot set to null what is part of the key of ${from}`)
}

/** Every reference that the relations of all collections speak of. @throws SyncError `SYNC_CONFIG_INVALID` */
export function edgesOf(shapes: Shapes): readonly Edge[] {
  const edges = new Map<string, Edge>()
  for (const { name: own, relations } of shapes.values()) {
    for (const [name, relation] of Object.entries(relations)) {
      const refuse = (why: string): never => {
        throw invalidConfig(`relation "${name.slice(0, 80)}" of ${own} ${why}`)
      }
      if (!kinds.includes(relation.kind)) refuse('is of no known kind')
      for (const edge of placesOf(own, relation)) {
        checkEdge(shapes, edge, refuse)
        const key = JSON.stringify([edge.from, edge.fields, edge.to])
        const known = edges.get(key) ?? edge
        known.onDelete ??= edge.onDelete
        if (edge.onDelete && edge.onDelete !== known.onDelete) {
          refuse(`says onDelete "${edge.onDelete}", the other side "${known.onDelete}"`)
        }
        edges.set(key, known)
      }
    }
  }
  return [...edges.values()]
}
