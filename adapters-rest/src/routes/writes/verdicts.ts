import type { PushOperation, PushVerdict } from '@rowkeep/kernel'

/** The verdict on a write to an item that the server does not have, or does not show. */
export function notThere(kind: PushOperation['kind']): PushVerdict {
  if (kind === 'create') {
    const message = 'the server creates no item at this address: see collections.<name>.item'
    return { kind: 'retry', outcome: 'unapplied', error: { code: 'SYNC_PROTOCOL', message } }
  }
  return { kind: 'rejected', error: { code: 'SYNC_NOT_VISIBLE', message: 'the server has no such item' } }
}
