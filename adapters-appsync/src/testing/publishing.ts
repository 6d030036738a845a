import type { ModelRow } from '@rowkeep/kernel/testing'
import type { GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { answer, flawOf, type Operation } from './answers.ts'
import type { Item } from './items.ts'
import type { Listening } from './realtime.ts'
import { type Caller, cutItem, shownItem } from './resolvers.ts'
import { models } from './schema.ts'

/** The field of `Subscription` that an operation asks for. */
function fieldOf({ document }: Operation): string {
  const [operation] = document.definitions as readonly OperationDefinitionNode[]
  const [selection] = operation?.selectionSet.selections ?? []
  return selection?.kind === 'Field' ? selection.name.value : ''
}

/** Why a subscription is refused, as GraphQL errors; `undefined`: it is not. */
export function subscriptionRefusal(
  schema: GraphQLSchema,
  operation: Operation,
  { user }: Caller,
): readonly object[] | undefined {
  const flaw = flawOf(schema, operation) as { readonly errors: readonly object[] } | undefined
  if (flaw) return flaw.errors
  if (operation.kind !== 'subscription')
    return [
      { errorType: 'UnsupportedOperation', message: `${operation.kind} not supported through the realtime channel` },
    ]
  if (user !== undefined) return undefined
  return [{ errorType: 'Unauthorized', message: `Not Authorized to access ${fieldOf(operation)} on type Subscription` }]
}

/** `onCreateNote` and so on, for a row that was written. */
function eventOf({ table, fields }: ModelRow, before: ModelRow | undefined): string {
  const { name } = models[table as keyof typeof models]
  if (fields?.['_deleted'] === true) return `onDelete${name}`
  return before === undefined ? `onCreate${name}` : `onUpdate${name}`
}

/**
 * Tells a write to the subscriptions that match. An owner's subscription matches by the owner's field, which is there only
 * where the mutation selected it; what it delivers is what the mutation selected. `selection` `undefined`: everything.
 */
export async function publish(
  schema: GraphQLSchema,
  listening: Iterable<Listening>,
  {
    row,
    before,
    item,
    selection,
  }: {
    readonly row: ModelRow
    readonly before: ModelRow | undefined
    readonly item: Item
    readonly selection: ReadonlySet<string> | undefined
  },
): Promise<void> {
  if (selection && !selection.has('owner')) return
  const field = eventOf(row, before)
  const shown = selection ? cutItem(item, selection) : shownItem(item)
  for (const { caller, operation, send } of listening) {
    if (fieldOf(operation) !== field || (caller as Caller).user !== row.owner) continue
    send(await answer(schema, operation, { [field]: shown }, caller))
  }
}
