import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Hide } from '../../failure.ts'
import { isObject } from '../../json.ts'
import { invalid } from '../../options.ts'
import type { Place } from '../route.ts'
import { isMarked, own } from '../row-codec.ts'

/**
 * Tells a misspelt option from a row that is odd. What no row has is no field of this server: set aside one by one the rows
 * would leave an empty collection, and no error. Deleted rows do not count: servers keep little of them.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the option, and the fields that the first row has
 */
export function mustHaveFields(
  rows: readonly Json[],
  { collection, codec: { marks } }: Place,
  stamp: string | undefined,
  hide: Hide,
): void {
  const standing = rows.filter((row): row is JsonObject => isObject(row) && !isMarked(own(row, marks.deleted)))
  const [first] = standing
  if (first === undefined) return
  const wanted = {
    [`collections.${collection}.key`]: marks.key,
    'ifMatch.revision': marks.revision,
    'changesSince.stamp': stamp,
  }
  for (const [option, field] of Object.entries(wanted)) {
    if (field === undefined || standing.some((row) => own(row, field) !== undefined)) continue
    const has = hide(Object.keys(first).join(', ')).slice(0, 200)
    throw invalid(`no row has "${field}" (${option}); the first has ${has}`)
  }
}
