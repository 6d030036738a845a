// What queries mean, written a second time and so simply that it can be read. Nothing of the kernel's code is used here.

export type Value = null | boolean | number | string | readonly Value[] | { readonly [field: string]: Value }
export interface Item {
  readonly id: string
  readonly [field: string]: Value
}
export type Where = Readonly<Record<string, unknown>>
export interface Query {
  readonly where?: Where
  readonly orderBy?: Readonly<Record<string, string>>
  readonly limit?: number
  readonly offset?: number
}

const isFields = (value: unknown): value is { readonly [field: string]: Value } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function at(value: Value, path: readonly string[]): Value {
  if (!isFields(value)) return null
  const whole = path.join('.')
  if (Object.keys(value).includes(whole)) return value[whole] as Value
  const [first = '', ...rest] = path
  return rest.length > 0 && Object.keys(value).includes(first) ? at(value[first] as Value, rest) : null
}
const field = (item: Item, name: string): Value => at(item, name.split('.'))

function text(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  if (!isFields(value)) return JSON.stringify(value)
  const parts = Object.keys(value).map((name) => `${JSON.stringify(name)}:${text(value[name] as Value)}`)
  return `{${parts.sort().join()}}`
}
const equal = (x: Value, y: Value): boolean => text(x) === text(y)

const kinds = ['null', 'boolean', 'number', 'string', 'object']
const kind = (value: Value): number => (value === null ? 0 : kinds.indexOf(typeof value))
function order(x: Value, y: Value): number {
  if (kind(x) !== kind(y)) return kind(x) - kind(y)
  const [p, q] = kind(x) === 4 ? [JSON.stringify(x), JSON.stringify(y)] : [x as string, y as string]
  if (p === q) return 0
  return p < q ? -1 : 1
}
const less = (x: Value, y: Value): boolean => kind(x) === kind(y) && kind(x) > 0 && kind(x) < 4 && order(x, y) < 0
const most = (x: Value, y: Value): boolean => less(x, y) || (equal(x, y) && kind(x) > 0 && kind(x) < 4)

const loud = (value: unknown): never => {
  if (typeof value === 'string') return value.toUpperCase() as never
  return (Array.isArray(value) ? value.map(loud) : value) as never
}

interface Place {
  readonly lat: number
  readonly lng: number
}
/** The angle between two directions in space, by the cross product: not the formula of the code. */
function metres(a: Place, b: Place): number {
  const point = ({ lat, lng }: Place) => {
    const [north, east] = [(lat / 180) * Math.PI, (lng / 180) * Math.PI]
    return [Math.cos(north) * Math.cos(east), Math.cos(north) * Math.sin(east), Math.sin(north)] as const
  }
  const [[ax, ay, az], [bx, by, bz]] = [point(a), point(b)]
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
  return 6_371_009 * Math.atan2(cross, ax * bx + ay * by + az * bz)
}
const isPlace = (value: Value): value is { readonly lat: number; readonly lng: number } =>
  isFields(value) && typeof value['lat'] === 'number' && typeof value['lng'] === 'number'

const isText = (value: Value): value is string => typeof value === 'string'
type Holds = (value: Value, wanted: never, quiet: boolean) => boolean
const operators: Readonly<Record<string, Holds>> = {
  eq: equal,
  ne: (value, wanted) => !equal(value, wanted),
  lt: less,
  lte: most,
  gt: (value, wanted) => less(wanted, value),
  gte: (value, wanted) => most(wanted, value),
  in: (value, wanted: readonly Value[]) => wanted.filter((one) => equal(one, value)).length > 0,
  notIn: (value, wanted: readonly Value[]) => wanted.filter((one) => equal(one, value)).length === 0,
  between: (value, [low, high]: readonly [Value, Value]) => most(low, value) && most(value, high),
  isNull: (value, wanted) => (wanted ? value === null : value !== null),
  contains: (value, wanted: string) => isText(value) && value.indexOf(wanted) >= 0,
  startsWith: (value, wanted: string) => isText(value) && value.slice(0, wanted.length) === wanted,
  endsWith: (value, wanted: string) => isText(value) && value.slice(value.length - wanted.length) === wanted,
  matches: (value, wanted: string, quiet) => isText(value) && value.search(RegExp(wanted, quiet ? 'i' : '')) >= 0,
  has: (value, wanted) => Array.isArray(value) && value.filter((one) => equal(one, wanted)).length > 0,
  hasAny: (value, wanted: readonly Value[]) =>
    Array.isArray(value) && value.filter((one) => wanted.filter((other) => equal(one, other)).length > 0).length > 0,
  near: (value, wanted: Place & { readonly withinMeters: number }) =>
    isPlace(value) && metres(value, wanted) <= wanted.withinMeters,
}

function passes(value: Value, condition: unknown): boolean {
  if (!isFields(condition)) return equal(value, condition as Value)
  const { ignoreCase = false, ...tests } = condition
  return Object.entries(tests).every(([name, wanted]) => {
    const holds = operators[name]
    if (!holds) throw new Error(`the model has no ${name}`)
    if (!ignoreCase || name === 'matches') return holds(value, wanted as never, ignoreCase === true)
    return holds(loud(value), loud(wanted), true)
  })
}

/** Whether an item meets a condition. */
function holds(where: Where, item: Item): boolean {
  return Object.entries(where).every(([name, condition]) => {
    if (name === 'AND') return (condition as readonly Where[]).every((one) => holds(one, item))
    if (name === 'OR') return (condition as readonly Where[]).some((one) => holds(one, item))
    if (name === 'NOT') return !holds(condition as Where, item)
    return passes(field(item, name), condition)
  })
}

/** Compares two items as `orderBy` says, then by id. */
export function compare(x: Item, y: Item, { orderBy = {} }: Query): number {
  for (const [name, direction] of Object.entries(orderBy)) {
    const [p, q] = [field(x, name), field(y, name)]
    const last = direction === 'asc nulls last' || direction === 'desc'
    if ((p === null) !== (q === null)) return (p === null) === last ? 1 : -1
    const by = order(p, q)
    if (by !== 0) return direction.startsWith('asc') ? by : -by
  }
  return order(x.id, y.id)
}

/** All that a query finds, in its order, without its window. */
export function findAll(items: Iterable<Item>, query: Query): readonly Item[] {
  return [...items].filter((item) => holds(query.where ?? {}, item)).sort((x, y) => compare(x, y, query))
}

/** What a query answers. */
export function answer(items: Iterable<Item>, query: Query): readonly Item[] {
  const { offset = 0, limit = Number.POSITIVE_INFINITY } = query
  return findAll(items, query).filter((_, place) => place >= offset && place < offset + limit)
}
