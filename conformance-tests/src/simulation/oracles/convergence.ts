import type { World } from '../world.ts'
import { sameRows, textOf } from './text.ts'
import type { Violation } from './violation.ts'

interface StoredBase {
  readonly record: unknown
}

/** I6: what lies on every device as the server's state is what the server has, and so is what the app shows. */
export async function converged({ devices, site }: World): Promise<readonly Violation[]> {
  const found: Violation[] = []
  for (const { name, place } of devices) {
    for (const { user, entries } of await place.contents()) {
      for (const collection of ['tasks', 'notes'] as const) {
        const prefix = `${collection}/`
        const base = entries.filter(({ table, key }) => table === 'base' && key.startsWith(prefix))
        const here = base
          .map(({ value }) => (value as unknown as StoredBase).record)
          .filter((record) => record !== null)
        const there = [...(await site.rows(user, collection)).values()]
        if (sameRows(here, there)) continue
        found.push({
          invariant: 'I6',
          what: `${name} has ${textOf(here)} as ${collection} of ${user}, the server ${textOf(there)}`,
        })
      }
    }
  }
  return found
}
