import type { Host } from '../client/host.ts'
import type { CollectionShape } from '../client/options.ts'
import type { JsonObject } from '../env/json.ts'
import { invalidInput, refuseRest } from '../errors/sync-error.ts'
import type { Decoration } from '../live/live-query.ts'
import { idOf } from '../model/identity.ts'
import type { Relation } from '../model/schema.ts'
import { isObject, maxDepth } from '../model/value.ts'
import { matches } from '../query/match.ts'
import { comparator, type Entry, planQuery, type QueryPlan } from '../query/plan.ts'
import type { Table } from '../tables/table.ts'
import { listOf, refOf } from './edges.ts'
import { referrersOf } from './find.ts'

type Rows = readonly JsonObject[]

/** One relation to load. */
interface Branch {
  readonly name: string
  readonly relation: Relation
  readonly through: Table
  /** Which of many; `undefined`: all. */
  readonly plan: QueryPlan | undefined
  readonly level: Level
}

/** What queries are read by. */
type Client = Pick<Host, 'shapes' | 'operators'>

/** What is loaded with the records of one collection. */
interface Level {
  readonly shape: CollectionShape
  readonly branches: readonly Branch[]
  /** All that is read for it. */
  readonly tables: readonly Table[]
  /** Versions of the tables, summed: each only grows. */
  stamp: number
  /** Records loaded at that stamp: nothing on them can have changed. */
  fresh: WeakSet<JsonObject>
  /** What was made of a record, so that it stays the same object while nothing on it changed. */
  readonly made: WeakMap<JsonObject, JsonObject>
}

const leadsToMany = ({ kind }: Relation): boolean => kind.endsWith('Many')

function readBranch(client: Client, shape: CollectionShape, name: string, given: unknown, depth: number): Branch {
  const relation = Object.hasOwn(shape.relations, name) && shape.relations[name]
  if (!relation) throw invalidInput(`${shape.name} has no relation "${name}"`)
  if (given !== true && !isObject(given)) throw invalidInput(`with.${name} must be true or an object`)
  const { with: named, ...query } = given === true ? ({} as { with?: unknown }) : (given as { with?: unknown })
  if (!leadsToMany(relation)) refuseRest(`with.${name}, which leads to one record,`, query)
  const { shapes, operators } = client
  const target = shapes.get(relation.to) as CollectionShape
  const through = (shapes.get(relation.through ?? '') ?? target).table
  const plan = Object.keys(query).length > 0 ? planQuery(query, operators) : undefined
  return { name, relation, through, plan, level: readLevel(client, target, named ?? {}, depth + 1) }
}

function readLevel(client: Client, shape: CollectionShape, named: unknown, depth: number): Level {
  if (!isObject(named)) throw invalidInput('with must be an object')
  if (depth > maxDepth) throw invalidInput('with is nested too deep')
  const asked = Object.entries(named).filter(([, given]) => given !== undefined)
  const branches = asked.map(([name, given]) => readBranch(client, shape, name, given, depth))
  const tables = branches.flatMap(({ through, level }) => [through, level.shape.table, ...level.tables])
  return { shape, branches, tables: [...new Set(tables)], stamp: -1, fresh: new WeakSet(), made: new WeakMap() }
}

const entriesOf = ({ key }: CollectionShape, rows: Rows): Entry[] =>
  rows.map((record) => ({ id: String(idOf(record, key)), record }))

/** By entry: the records that the relation leads to. */
function follow({ relation, through, level }: Branch, from: CollectionShape, entries: readonly Entry[]): Rows[] {
  const { table } = level.shape
  const get = (id: string | undefined): Rows => {
    const record = id === undefined ? undefined : table.get(id)
    return record ? [record] : []
  }
  const fields = listOf(relation.foreignKey)
  if (relation.kind === 'belongsTo') return entries.map(({ record }) => get(refOf(record, fields)))
  const found = referrersOf(through, { fields }, entries, from.key)
  const own = entries.map(({ id }) => (found.get(id) ?? []).map(({ record }) => record))
  if (relation.kind !== 'manyToMany') return own
  const other = listOf(relation.otherKey ?? [])
  const idsOf = (joins: Rows): Iterable<string | undefined> => new Set(joins.map((join) => refOf(join, other)))
  return own.map((joins) => [...idsOf(joins)].flatMap(get))
}

/** Of many, those that the query asks for. */
function choose({ plan, relation, level }: Branch, rows: Rows): Rows {
  if (!plan && relation.kind === 'hasMany') return rows
  const { filter, order, offset, limit } = plan ?? planQuery({})
  const found = entriesOf(level.shape, rows).filter(({ record }) => matches(filter, record))
  const chosen = found.sort(comparator(order)).slice(offset, offset + limit)
  return chosen.map(({ record }) => record)
}

const sameRows = (a: unknown, b: Rows): boolean =>
  Array.isArray(a) && a.length === b.length && b.every((row, at) => row === a[at])

/** By row, what stands under the relation's name; a list that has not changed stays the same object. */
function loadBranch(branch: Branch, { shape, made }: Level, rows: Rows): readonly unknown[] {
  const { name, relation, level } = branch
  const many = leadsToMany(relation)
  const found = follow(branch, shape, entriesOf(shape, rows)).map((list) =>
    many ? choose(branch, list) : list.slice(0, 1),
  )
  const all = [...new Set(found.flat())]
  const loaded = new Map(loadLevel(level, all).map((row, at) => [all[at], row]))
  return found.map((list, at) => {
    const now = list.map((record) => loaded.get(record) as JsonObject)
    const before = made.get(rows[at] as JsonObject)?.[name]
    if (!many) return now[0]
    return sameRows(before, now) ? before : Object.freeze(now)
  })
}

/** The rows with everything asked for on them: a row on which nothing changed is the same object as before. */
function loadLevel(level: Level, rows: Rows): Rows {
  const { branches, made, tables } = level
  if (branches.length === 0) return rows
  const stamp = tables.reduce((sum, { version }) => sum + version, 0)
  if (stamp !== level.stamp) level.fresh = new WeakSet()
  level.stamp = stamp
  const stale = rows.filter((record) => !level.fresh.has(record))
  const columns = branches.map((branch) => [branch.name, loadBranch(branch, level, stale)] as const)
  for (const [at, record] of stale.entries()) {
    level.fresh.add(record)
    const parts = columns.map(([name, column]) => [name, column[at]] as const)
    const before = made.get(record)
    if (before && parts.every(([name, part]) => before[name] === part)) continue
    made.set(record, Object.freeze({ ...record, ...Object.fromEntries(parts) }) as JsonObject)
  }
  return rows.map((record) => made.get(record) as JsonObject)
}

/** How related records are put on rows. @throws SyncError `SYNC_INPUT_INVALID` */
export function loaderOf(client: Client, shape: CollectionShape, named: unknown): Decoration {
  const level = readLevel(client, shape, named, 0)
  let last: Rows = []
  const apply = (rows: Rows): Rows => {
    const loaded = loadLevel(level, rows)
    if (!sameRows(last, loaded)) last = Object.freeze(loaded)
    return last
  }
  return { tables: level.tables, apply }
}
