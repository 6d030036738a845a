import { canonicalOf } from '@rowkeep/kernel/adapters'
import { buildSchema, GraphQLError, type GraphQLScalarType, type GraphQLSchema } from 'graphql'

/** The models of the double, by collection: name, plural, and the fields of its own with their types. */
export const models = {
  notes: {
    name: 'Note',
    plural: 'Notes',
    fields: {
      title: 'String',
      done: 'Boolean',
      n: 'Float',
      tags: '[String]',
      due: 'AWSDateTime',
      serial: 'String',
      price: 'String',
      scan: 'String',
    },
  },
  tasks: {
    name: 'Task',
    plural: 'Tasks',
    fields: { title: 'String', done: 'Boolean', n: 'Float', tags: '[String]', place: 'String' },
  },
} as const

/** The collections the double serves. */
export type DoubleCollection = keyof typeof models
/** One of {@link models}. */
export type DoubleModel = (typeof models)[DoubleCollection]

const common = `
scalar AWSDateTime
scalar AWSTimestamp
enum ModelAttributeTypes { binary binarySet bool list map number numberSet string stringSet _null }
input ModelSizeInput { ne: Int eq: Int le: Int lt: Int ge: Int gt: Int between: [Int] }
${['String', 'ID']
  .map(
    (
      type,
    ) => `input Model${type}Input { ne: ${type} eq: ${type} le: ${type} lt: ${type} ge: ${type} gt: ${type} contains: ${type}
  notContains: ${type} between: [${type}] beginsWith: ${type} attributeExists: Boolean attributeType: ModelAttributeTypes size: ModelSizeInput }`,
  )
  .join('\n')}
input ModelFloatInput { ne: Float eq: Float le: Float lt: Float ge: Float gt: Float between: [Float] attributeExists: Boolean attributeType: ModelAttributeTypes }
input ModelBooleanInput { ne: Boolean eq: Boolean attributeExists: Boolean attributeType: ModelAttributeTypes }
${['String', 'ID', 'Float']
  .map(
    (
      type,
    ) => `input ModelSubscription${type}Input { ne: ${type} eq: ${type} le: ${type} lt: ${type} ge: ${type} gt: ${type}
  ${type === 'Float' ? '' : `contains: ${type} notContains: ${type} beginsWith: ${type}`}
  between: [${type}] in: [${type}] notIn: [${type}] }`,
  )
  .join('\n')}
input ModelSubscriptionBooleanInput { ne: Boolean eq: Boolean }`

const testsOf = (fields: Readonly<Record<string, string>>, prefix: 'Model' | 'ModelSubscription' = 'Model'): string =>
  Object.entries(fields)
    .map(([field, type]) => `${field}: ${prefix}${type.replace(/[[\]]/g, '').replace(/^AWS.*/, 'String')}Input`)
    .join(' ')

/** What the transformer of Amplify makes of a model under conflict detection with `@auth(rules: [{ allow: owner }])`. */
function typesOf({ name, plural, fields }: DoubleModel): string {
  const own = { ...fields, _m: '[String]' }
  const columns = Object.entries(own)
    .map(([field, type]) => `${field}: ${type}`)
    .join(' ')
  const stamped = { ...own, createdAt: 'String', updatedAt: 'String' }
  const tests = testsOf({ ...stamped, owner: 'String', _deleted: 'Boolean' })
  const groups = (type: string): string => `and: [${type}] or: [${type}] not: ${type}`
  return `
type ${name} { id: ID! ${columns} owner: String createdAt: AWSDateTime! updatedAt: AWSDateTime!
  _version: Int! _deleted: Boolean _lastChangedAt: AWSTimestamp! }
type Model${name}Connection { items: [${name}]! nextToken: String startedAt: AWSTimestamp }
input Create${name}Input { id: ID ${columns} _version: Int }
input Update${name}Input { id: ID! ${columns} _version: Int }
input Delete${name}Input { id: ID! _version: Int }
input Model${name}FilterInput { id: ModelIDInput ${tests} ${groups(`Model${name}FilterInput`)} }
input Model${name}ConditionInput { ${tests} ${groups(`Model${name}ConditionInput`)} }
input ModelSubscription${name}FilterInput { id: ModelSubscriptionIDInput ${testsOf(stamped, 'ModelSubscription')}
  and: [ModelSubscription${name}FilterInput] or: [ModelSubscription${name}FilterInput] }
extend type Query {
  get${name}(id: ID!): ${name}
  list${plural}(filter: Model${name}FilterInput, limit: Int, nextToken: String): Model${name}Connection
  sync${plural}(filter: Model${name}FilterInput, limit: Int, nextToken: String, lastSync: AWSTimestamp): Model${name}Connection
}
extend type Mutation {
${['Create', 'Update', 'Delete'].map((kind) => `  ${kind.toLowerCase()}${name}(input: ${kind}${name}Input!, condition: Model${name}ConditionInput): ${name}`).join('\n')}
}
extend type Subscription {
${['Create', 'Update', 'Delete'].map((kind) => `  on${kind}${name}(filter: ModelSubscription${name}FilterInput, owner: String): ${name}`).join('\n')}
}`
}

function wholeNumber(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number
  throw new GraphQLError(`Unable to parse \`${String(value)}\` as a valid AWSTimestamp`)
}

function dateTime(value: unknown): string {
  if (typeof value === 'string' && value.includes('T') && canonicalOf('date', value) !== undefined) return value
  throw new GraphQLError(`Can't serialize value : Unable to serialize \`${String(value)}\` as a valid DateTime Object.`)
}

/** The API's schema, as a client sees it. */
export function doubleSchema(): GraphQLSchema {
  const roots = ['Query', 'Mutation', 'Subscription'].map((root) => `type ${root}`)
  const schema = buildSchema([common, ...roots, ...Object.values(models).map(typesOf)].join('\n'))
  const timestamp = schema.getType('AWSTimestamp') as GraphQLScalarType
  timestamp.parseValue = wholeNumber
  const moments = schema.getType('AWSDateTime') as GraphQLScalarType
  moments.parseValue = dateTime
  moments.serialize = dateTime
  return schema
}
