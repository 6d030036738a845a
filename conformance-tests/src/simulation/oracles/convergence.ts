import type { Collection, Row } from '../devices/app.ts'
import type { Resting } from './at-rest.ts'
import type { Story } from './story.ts'
import { asMigrated, sameRows, textOf } from './text.ts'
import type { Violation } from './violation.ts'

/** Whether the device has listed the user's rows anew since the record was deleted: what it then misses was not told to be gone. */
function listedSince({ world: { site, diary } }: Story, { device }: Resting, key: string): boolean {
  const gone = site.effects?.findLast(({ collection, id }) => `${collection}/${id}` === key)
  return diary.facts.some(
    (fact) =>
      fact.kind === 'pulled' &&
      fact.page === 'snapshot' &&
      fact.tab.startsWith(`${device}.`) &&
      fact.sentAt >= (gone?.at ?? 0),
  )
}

/** Rule 7: a row that merely is not listed any more stays for as long as writes of its record wait, and goes with them. */
const isMarked = (story: Story, one: Resting, key: string): boolean =>
  one.operations.has(key) && (!story.world.site.promises.deletions || listedSince(story, one, key))

/** The rows here of a collection that has these at the server. */
const baseOf = (story: Story, one: Resting, collection: Collection, there: ReadonlyMap<string, Row>): readonly Row[] =>
  [...one.base].flatMap(([key, { record }]) => {
    if (!record || !key.startsWith(`${collection}/`)) return []
    return !there.has(key.slice(collection.length + 1)) && isMarked(story, one, key) ? [] : [record]
  })

/** I6: what lies on every device as the server's state is what the server has. */
export async function converged(story: Story): Promise<readonly Violation[]> {
  const { rest, world } = story
  const { site, devices } = world
  const found: Violation[] = []
  // Where damage took what told the history apart, older rows of a restored one are not known to be newer.
  const isLost = story.facts.some((fact) => fact.kind === 'forgotten' && fact.how === 'damage')
  if (isLost && story.returns.length > 0) return found
  const versions = new Map(devices.map(({ name, version }) => [name, version]))
  for (const one of rest) {
    for (const collection of ['tasks', 'notes'] as const) {
      const rows = await site.rows(one.user, collection)
      const there = [...rows.values()]
      const here = baseOf(story, one, collection, rows)
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
