/** Canonical codes by number (google/rpc/code.proto), as the web SDKs spell them. */
const names = [
  'ok',
  'cancelled',
  'unknown',
  'invalid-argument',
  'deadline-exceeded',
  'not-found',
  'already-exists',
  'permission-denied',
  'resource-exhausted',
  'failed-precondition',
  'aborted',
  'out-of-range',
  'unimplemented',
  'internal',
  'unavailable',
  'data-loss',
  'unauthenticated',
]

/** The canonical code of what an SDK threw; anything else is thrown on. */
export function codeOf(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  const name = typeof code === 'number' ? names[code] : code
  if (typeof name === 'string' && names.includes(name)) return name
  throw thrown
}
