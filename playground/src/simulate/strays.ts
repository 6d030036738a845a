import type { Violation } from '@rowkeep/conformance-tests/simulation'

const strays: unknown[] = []

/** From now on what throws with nobody there to catch it is kept, and ends nothing. */
export function watchStrays(): void {
  process.on('unhandledRejection', (error) => strays.push(error))
  process.on('uncaughtException', (error) => strays.push(error))
}

/** What has come since this was asked last. */
export const newStrays = (): readonly Violation[] =>
  strays.splice(0).map((error) => ({
    invariant: 'crash',
    what: `nobody caught ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  }))
