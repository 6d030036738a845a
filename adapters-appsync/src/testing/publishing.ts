import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow } from '@rowkeep/kernel/testing'
import type { GraphQLSchema } from 'graphql'
import { answer, fieldOf, flawOf, type Operation } from './answers.ts'
import { meets, type Tests } from './filters.ts'
import type { Item } from './items.ts'
import type { Listening } from './realtime.ts'
import { type Caller, cutItem, shownItem } from './resolvers.ts'
import { models } from './schema.ts'

interface Flaw {
  readonly errors: readonly object[]
}

/** Why a subscription is refused, as GraphQL errors; `undefined`: it is not. */
export function subscriptionRefusal(
  schema: GraphQLSchema,
  operation: Operation,
  { user }: Caller,
): readonly object[] | undefined {
  const flaw = flawOf(schema, operation) as Flaw | undefined
  if (flaw) return flaw.errors
  if (operation.kind !== 'subscription')
    return [
      { errorType: 'UnsupportedOperation', message: `${operation.kind} not supported through the realtime channel` },
    ]
  const field = fieldOf(schema, operation)
  if ('flaw' in field) return (field.flaw as Flaw).errors
  const { owner = user } = field.args
  if (user !== undefined && owner === user) return undefined
  return [{ errorType: 'Unauthorized', message: `Not Authorized to access ${field.name} on type Subscription` }]
}

/** `onCreateNote` and so on, for a row that was written. */
function eventOf({ table, fields }: ModelRow, before: ModelRow | undefined): string {
  const { name } = models[table as keyof typeof models]
  if (fields?.['_deleted'] === true) return `onDelete${name}`
  return before === undefined ? `onCreate${name}` : `onUpdate${name}`
}

/**
 * Tells a write to the subscriptions that match. An owner's subscription matches by the owner's field, which is there only
 * where the mutation selected it; what it delivers is what the mutation selected, if that meets its filter. `selection` `undefined`: everything.
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
    const asked = fieldOf(schema, operation)
    if ('flaw' in asked || asked.name !== field || (caller as Caller).user !== row.owner) continue
    // Like the owner, a filter sees what the mutation selected.
    if (!meets(asked.args['filter'] as Tests | undefined, shown as JsonObject)) continue
    send(await answer(schema, operation, { [field]: shown }, caller))
  }
}
