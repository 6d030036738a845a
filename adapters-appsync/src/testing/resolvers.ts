import type { ModelServer } from '@rowkeep/kernel/testing'
import type { GraphQLResolveInfo } from 'graphql'
import type { Tests } from './filters.ts'
import type { Item, ItemStore } from './items.ts'
import { type PageArguments, readPage } from './reading.ts'
import { unauthorized } from './refusals.ts'
import { type DoubleCollection, type DoubleModel, models } from './schema.ts'
import { type Behaviour, type Mutations, mutations, type Writing } from './writing.ts'

/** Who asks. `undefined`: an API key, which owner rules let nowhere in. */
export interface Caller {
  readonly user: string | undefined
}

type Resolver = (args: never, caller: Caller, info: GraphQLResolveInfo) => unknown

/** An item as the type of its model has it. */
export const shownItem = ({ id, owner, attributes, version, at, deleted }: Item): Record<string, unknown> => ({
  ...attributes,
  id,
  owner,
  _version: version,
  _deleted: deleted ? true : null,
  _lastChangedAt: at,
})

/** The fields a mutation selects: all that its subscribers can ever get. */
function selectionOf({ fieldNodes }: GraphQLResolveInfo): ReadonlySet<string> {
  const selected = fieldNodes.flatMap(({ selectionSet }) => selectionSet?.selections ?? [])
  return new Set(selected.flatMap((one) => (one.kind === 'Field' ? [one.name.value] : [])))
}

/** An item cut down to some of its fields. */
export const cutItem = (item: Item, selection: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(shownItem(item)).filter(([field]) => selection.has(field)))

/** The user, who must be one: `@auth` has no rule for anybody else. */
function userOf({ user }: Caller, { fieldName, parentType }: GraphQLResolveInfo): string {
  if (user === undefined) throw unauthorized(fieldName, parentType.name)
  return user
}

function queriesOf(
  table: DoubleCollection,
  { name, plural }: DoubleModel,
  store: ItemStore,
  deltaTableTtlMs: number,
): Record<string, Resolver> {
  const page = (args: PageArguments, caller: Caller, info: GraphQLResolveInfo): object => {
    const { items, ...rest } = readPage(store, table, userOf(caller, info), deltaTableTtlMs, args)
    return { ...rest, items: items.map(shownItem) }
  }
  const get = ({ id }: { readonly id: string }, caller: Caller, info: GraphQLResolveInfo): object | null => {
    const user = userOf(caller, info)
    const item = store.get(table, id)
    if (item && item.owner !== user) throw unauthorized(info.fieldName, 'Query')
    return item ? shownItem(item) : null
  }
  const list = ({ lastSync: _, ...args }: PageArguments, caller: Caller, info: GraphQLResolveInfo): object =>
    page(args, caller, info)
  return { [`get${name}`]: get, [`list${plural}`]: list, [`sync${plural}`]: page }
}

interface MutationArguments {
  readonly input: Writing['input']
  readonly condition?: Tests | null
}

/** Told of a write that is about to happen, and of its selection; the result is called when it has. */
type Announce = (selection: ReadonlySet<string>) => () => void

function mutationsOf(
  table: DoubleCollection,
  { name }: DoubleModel,
  write: Mutations,
  announce: Announce,
): Record<string, Resolver> {
  const resolver =
    (kind: keyof Mutations): Resolver =>
    ({ input, condition = null }: MutationArguments, caller: Caller, info: GraphQLResolveInfo) => {
      const selection = selectionOf(info)
      const done = announce(selection)
      try {
        const writing = { table, field: info.fieldName, user: userOf(caller, info), input, condition }
        return shownItem(write[kind]({ ...writing, shown: (item) => cutItem(item, selection) }))
      } finally {
        done()
      }
    }
  return {
    [`create${name}`]: resolver('create'),
    [`update${name}`]: resolver('update'),
    [`delete${name}`]: resolver('delete'),
  }
}

/** A resolver for every field of `Query` and `Mutation`. */
export function resolvers(
  store: ItemStore,
  server: ModelServer,
  how: Behaviour,
  announce: Announce,
): Readonly<Record<string, Resolver>> {
  const write = mutations(store, server, how)
  return Object.assign(
    {},
    ...Object.entries(models).map(([table, model]) => ({
      ...queriesOf(table as DoubleCollection, model, store, how.deltaTableTtlMs),
      ...mutationsOf(table as DoubleCollection, model, write, announce),
    })),
  ) as Record<string, Resolver>
}
