import type { Json, PushOperation, PushVerdict } from '@rowkeep/kernel'
import { someText } from './json.ts'

/**
 * The verdict on an operation with text that PostgreSQL cannot hold: NUL, or half of a surrogate pair; `undefined`: there is
 * none. PostgREST takes half a character in a body for broken JSON: it refuses the request, the neighbours with it, and
 * does not say that this is for good.
 */
export function storableFlaw({ change, condition }: PushOperation): PushVerdict | undefined {
  const parts = { change, condition: condition ?? null } as unknown as Json
  if (!someText(parts, /\0|\p{Surrogate}/u)) return undefined
  const message = 'a text has NUL or half of a character, which PostgreSQL cannot hold'
  return { kind: 'rejected', error: { code: 'SYNC_REJECTED', message } }
}
