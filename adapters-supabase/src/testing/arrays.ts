import type { Json } from '@rowkeep/kernel'
import { Refusal } from './refusal.ts'

const malformed = (): Refusal => new Refusal(400, '22P02', 'malformed JSON array')

/** How many lists stand in each other: what begins as a list of lists must be one throughout. */
function depthOf(list: readonly Json[]): number {
  const [first] = list
  return Array.isArray(first) ? 1 + depthOf(first) : 1
}

function leaves(list: Json, depth: number, cast: (leaf: Json) => Json): readonly Json[] {
  if (!Array.isArray(list)) throw new Refusal(400, '22P02', 'expected JSON array')
  if (depth === 1) return list.map(cast)
  const inner = list.map((part: Json) => leaves(part, depth - 1, cast))
  if (inner.some((part) => part.length !== inner[0]?.length)) throw malformed()
  return inner as readonly Json[]
}

const isEmpty = (list: Json): boolean => Array.isArray(list) && (list.length === 0 || list.every(isEmpty))

/** A JSON value as an array of PostgreSQL, of as many dimensions as its beginning has; one without elements has none. */
export function arrayOf(value: Json, cast: (leaf: Json) => Json): Json {
  const list = Array.isArray(value) ? leaves(value, depthOf(value), cast) : leaves(value, 1, cast)
  return isEmpty(list as Json) ? [] : (list as Json)
}
