import type { Json, JsonObject } from '@rowkeep/kernel'

/** One GraphQL operation as it came over the wire. */
export interface Operation {
  /** The field of `Query`, `Mutation` or `Subscription` it asks for. */
  readonly field: string
  readonly query: string
  readonly variables: JsonObject
  /** The `data` of its answer; `undefined`: none yet, or a subscription. */
  data?: JsonObject
}

/** The operation in a request's body, or in the `data` of a subscription's start. */
export function operationIn(text: string): Operation {
  const { query, variables = {} } = JSON.parse(text) as { readonly query: string; readonly variables?: JsonObject }
  // The first name inside the outermost braces; neither client uses aliases.
  const [, field = ''] = /\{\s*(\w+)/.exec(query) ?? []
  return { field, query, variables }
}

/** The input of a mutation, cut down to what says what is written. */
export const inputOf = ({ variables }: Operation): JsonObject => (variables['input'] ?? {}) as JsonObject

/** The operations that write. */
export const mutationsIn = (operations: readonly Operation[]): readonly Operation[] =>
  operations.filter(({ query }) => query.trimStart().startsWith('mutation'))

/** What the operations with one field were asked with; variables that are null are left out. */
export const asked = (operations: readonly Operation[], field: string): readonly JsonObject[] =>
  operations.filter((one) => one.field === field).map(({ variables }) => withoutNulls(variables))

/** The same object without the members that are null, which GraphQL takes for absent ones. */
export const withoutNulls = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter((entry): entry is [string, Json] => entry[1] !== null))

/** A page of a sync: what was asked, and of the answer what the next page or run goes on from. */
export interface Page {
  readonly asked: JsonObject
  readonly nextToken: Json | undefined
  readonly startedAt: Json | undefined
}

/** The pages among some operations. */
export const pagesIn = (operations: readonly Operation[]): readonly Page[] =>
  operations
    .filter(({ field }) => field === 'syncNotes')
    .map(({ variables, data }) => {
      const { nextToken, startedAt } = (data?.['syncNotes'] ?? {}) as JsonObject
      return { asked: withoutNulls(variables), nextToken, startedAt }
    })
