import type { Model } from './model.ts'

/** What a mutation does. */
export type Mutation = 'create' | 'update' | 'delete'

/** The operations of one model as GraphQL texts. All input goes into variables. */
export interface Documents {
  readonly sync: string
  /** As `sync`, with nothing of a row but what names it: for pages on which some row breaks the schema. */
  readonly keys: string
  readonly get: string
  readonly mutations: { readonly [kind in Mutation]: string }
  /** The subscription for one kind of mutation, under a name of its own. */
  subscription(kind: Mutation, name: string): string
}

const suffix: { readonly [kind in Mutation]: string } = { create: 'Create', update: 'Update', delete: 'Delete' }

const syncOf = ({ name, plural }: Model, selection: string): string =>
  `query Sync${plural}($filter: Model${name}FilterInput, $limit: Int, $nextToken: String, $lastSync: AWSTimestamp) {
  sync${plural}(filter: $filter, limit: $limit, nextToken: $nextToken, lastSync: $lastSync) {
    items { ${selection} }
    nextToken
    startedAt
  }
}`

const mutationOf = ({ name }: Model, kind: Mutation, selection: string): string =>
  `mutation ${suffix[kind]}${name}($input: ${suffix[kind]}${name}Input!, $condition: Model${name}ConditionInput) {
  ${kind}${name}(input: $input, condition: $condition) { ${selection} }
}`

/**
 * Every mutation selects every field: what a subscription of anybody delivers is cut down to what the mutation selected,
 * so a shorter selection would blank out fields on other devices, or keep the row from them.
 */
export function documentsOf(model: Model): Documents {
  const { name, fields, others } = model
  const metadata = ['_version', '_deleted', '_lastChangedAt', '_m']
  const read = ['id', ...fields, ...metadata]
  const row = read.join(' ')
  const selected = [...new Set([...read, ...others])].join(' ')
  return {
    sync: syncOf(model, row),
    keys: syncOf(model, 'id _version'),
    get: `query Get${name}($id: ID!) {
  get${name}(id: $id) { ${row} }
}`,
    mutations: {
      create: mutationOf(model, 'create', selected),
      update: mutationOf(model, 'update', selected),
      delete: mutationOf(model, 'delete', selected),
    },
    subscription: (kind, operation) => `subscription ${operation} {
  on${suffix[kind]}${name} { id }
}`,
  }
}
