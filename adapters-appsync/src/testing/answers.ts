import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FieldNode,
  type GraphQLError,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql'
import { isObject } from '../json.ts'
import { ResolverError } from './refusals.ts'

/** A request that is no GraphQL at all. */
export class MalformedRequest extends Error {}

/** A GraphQL request as it came: a text, variables, and nothing checked. */
export interface Operation {
  readonly document: DocumentNode
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly variables: Readonly<Record<string, unknown>>
}

function parsed(query: unknown): DocumentNode {
  try {
    return parse(String(query))
  } catch {
    throw new MalformedRequest('Unable to parse GraphQL query.')
  }
}

/** The one operation of a request. @throws MalformedRequest */
export function operationOf(request: unknown): Operation {
  if (!isObject(request) || typeof request['query'] !== 'string')
    throw new MalformedRequest('Unable to parse GraphQL query.')
  const document = parsed(request['query'])
  const operations = document.definitions.filter(
    (one): one is OperationDefinitionNode => one.kind === 'OperationDefinition',
  )
  const [operation] = operations
  if (!operation || operations.length > 1) throw new MalformedRequest('Must provide an operation.')
  const { variables } = request
  return { document, kind: operation.operation, variables: isObject(variables) ? variables : {} }
}

const words: readonly (readonly [RegExp, (found: RegExpExecArray) => string])[] = [
  [
    /^Cannot query field "(\w+)" on type "(\w+)"/,
    ([, field, type]) => `Validation error of type FieldUndefined: Field '${field}' in type '${type}' is undefined`,
  ],
  [/^Unknown type "(\w+)"/, ([, type]) => `Validation error of type UnknownType: Unknown type ${type}`],
  [
    /^Unknown argument "(\w+)"/,
    ([, name]) => `Validation error of type UnknownArgument: Unknown field argument ${name}`,
  ],
  [
    /^Variable "\$(\w+)" got invalid value .* Field "([^"]+)" is not defined by type "(\w+)"/s,
    ([, name, field, type]) =>
      `The variables ${name} contains a field name '${field}' that is not defined for input object type '${type}' `,
  ],
  [
    /^Variable "\$(\w+)" .*(?:required type|non-null type|Expected non-nullable type) "([^"]+)"/s,
    ([, name, type]) => `Variable '${name}' has coerced Null value for NonNull type '${type}'`,
  ],
  [/^Variable "\$(\w+)" got invalid value/, ([, name]) => `Variable '${name}' has an invalid value.`],
]

/** A message in AppSync's words, where it has its own. */
function worded(message: string): string {
  for (const [pattern, say] of words) {
    const found = pattern.exec(message)
    if (found) return say(found)
  }
  return `Validation error of type InvalidSyntax: ${message}`
}

const locationsOf = ({ locations }: GraphQLError): unknown =>
  locations?.map(({ line, column }) => ({ line, column, sourceName: null })) ?? null

const invalid = (errors: readonly GraphQLError[]): object => ({
  data: null,
  errors: errors.map((error) => ({ path: null, locations: locationsOf(error), message: worded(error.message) })),
})

function errorOf(error: GraphQLError): object {
  const { path = null, originalError } = error
  if (originalError instanceof ResolverError) {
    const { errorType, data, message } = originalError
    return { path, data, errorType, errorInfo: null, locations: locationsOf(error), message }
  }
  return { path, locations: null, message: error.message }
}

/** The result of an operation in the form AppSync gives it; with `data: null` and no path where it was never begun. */
function answerOf(result: ExecutionResult): object {
  const { data, errors = [] } = result
  if (data === undefined) return invalid(errors)
  return errors.length === 0 ? { data } : { data, errors: errors.map(errorOf) }
}

/** Why the schema does not take the operation; `undefined`: it does. */
export function flawOf(schema: GraphQLSchema, { document }: Operation): object | undefined {
  const errors = validate(schema, document)
  return errors.length === 0 ? undefined : invalid(errors)
}

/** The one field of an operation, with its arguments; or, as `flaw`, why its variables do not fit. */
export function fieldOf(
  schema: GraphQLSchema,
  { document, kind, variables }: Operation,
): { readonly name: string; readonly args: Readonly<Record<string, unknown>> } | { readonly flaw: object } {
  const [operation] = document.definitions as readonly OperationDefinitionNode[]
  const { errors, coerced } = getVariableValues(schema, operation?.variableDefinitions ?? [], variables)
  if (errors) return { flaw: invalid(errors) }
  const [node] = (operation?.selectionSet.selections ?? []) as readonly FieldNode[]
  const name = node?.name.value ?? ''
  const type = kind === 'subscription' ? schema.getSubscriptionType() : undefined
  const definition = type?.getFields()[name]
  return { name, args: definition && node ? getArgumentValues(definition, node, coerced) : {} }
}

/** Runs an operation. `root` holds a resolver, or a value, for each field of its type. */
export async function answer(
  schema: GraphQLSchema,
  { document, variables }: Operation,
  root: object,
  caller: unknown,
): Promise<object> {
  return answerOf(await execute({ schema, document, rootValue: root, contextValue: caller, variableValues: variables }))
}
