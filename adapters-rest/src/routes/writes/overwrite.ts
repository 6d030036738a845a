import type { PushOperation, PushVerdict } from '@rowkeep/kernel'
import { invalid } from '../../options.ts'
import type { WriteRoute } from '../route.ts'
import type { Item } from './item.ts'
import { notThere } from './verdicts.ts'

async function write(item: Item, { kind, record }: PushOperation): Promise<PushVerdict> {
  const answer = record === null || kind === 'delete' ? await item.delete() : await item.put(record)
  // What is not there need not be deleted.
  if (answer.kind === 'done' || kind === 'delete')
    return { kind: 'applied', ...('row' in answer ? { row: answer.row } : {}) }
  return notThere(kind)
}

/**
 * Whole records by PUT, deletions by DELETE, nothing compared: the last to write wins, whatever it knew of the others, and a
 * resend does no more than the first sending. An update of a record that was deleted elsewhere brings it back, where the
 * server creates by PUT. It takes no options.
 * @throws SyncError `SYNC_CONFIG_INVALID` for any
 */
export function overwrite(...none: readonly never[]): WriteRoute {
  if (none.length > 0) throw invalid('overwrite takes no options')
  return {
    revision: undefined,
    can: { conditional: 'none', idempotency: 'natural', revisions: 'none' },
    write,
  }
}
