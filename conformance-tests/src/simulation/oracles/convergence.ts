import type { Collection, Row } from '../devices/app.ts'
import type { Resting } from './at-rest.ts'
import type { Story } from './story.ts'
import { asMigrated, sameRows, textOf } from './text.ts'
import type { Violation } from './violation.ts'

const baseOf = ({ base }: Resting, collection: Collection): readonly Row[] =>
  [...base].flatMap(([key, { record }]) => (record && key.startsWith(`${collection}/`) ? [record] : []))

/** I6: what lies on every device as the server's state is what the server has. */
export async function converged({ rest, world: { site, devices } }: Story): Promise<readonly Violation[]> {
  const found: Violation[] = []
  const versions = new Map(devices.map(({ name, version }) => [name, version]))
  for (const one of rest) {
    for (const collection of ['tasks', 'notes'] as const) {
      const here = baseOf(one, collection)
      const there = [...(await site.rows(one.user, collection)).values()]
      if (sameRows(here, there) || (versions.get(one.device) !== 1 && sameRows(asMigrated(here), asMigrated(there))))
        continue
      found.push({
        invariant: 'I6',
        what: `${one.device} has ${textOf(here)} as ${collection} of ${one.user}, the server ${textOf(there)}`,
      })
    }
  }
  return found
}
