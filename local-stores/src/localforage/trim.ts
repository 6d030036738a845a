import { isFull } from './failures.ts'
import { type Floor, upToOf } from './floor.ts'
import { type Folding, newPartId, read, settle } from './folding.ts'
import { commitNames, survey } from './load.ts'
import { partName, partNames } from './space.ts'
import { type Identity, type Line, linesOf, textOf } from './text.ts'

/** The floor with other parts in the place of one. */
const withPart = (floor: Floor, old: string, parts: readonly string[], freed: number): Floor => ({
  ...floor,
  segments: floor.segments.map((segment) =>
    segment.parts.includes(old)
      ? {
          ...segment,
          parts: segment.parts.flatMap((id) => (id === old ? parts : [id])),
          size: Math.max(0, segment.size - freed),
        }
      : segment,
  ),
})

/** Puts what is left of a part in its place. */
async function replace(work: Folding, floor: Floor, old: string, text: string, alive: readonly Line[]): Promise<Floor> {
  const { space } = work
  const parts = alive.length === 0 ? [] : [newPartId(work)]
  const left = textOf(alive.map(([, line]) => line))
  for (const id of parts) await space.put(partName(id), left)
  const next = withPart(floor, old, parts, text.length - (parts.length === 0 ? 0 : left.length))
  await settle(work, next)
  await space.remove(partName(old))
  return next
}

/**
 * For a full medium, where no segment can be written anew beside the old ones: takes out of the parts, one after the other, what
 * later ones and commits make up for. A part of which nothing is left needs no room at all.
 */
export async function trim(work: Folding): Promise<void> {
  const { space, life, stopped } = work
  let { floor, head } = await survey(space, life)
  const ids = floor.segments.flatMap(({ parts }) => parts)
  const latest = new Map<Identity, string>()
  const names = [...floor.segments.flatMap(partNames), ...commitNames(life, upToOf(floor), head)]
  await read(work, names, (name, held) => {
    for (const [identity] of linesOf(name, held)) latest.set(identity, name)
  })
  for (const id of ids) {
    if (stopped()) return
    const text = await space.get(partName(id))
    const lines = linesOf(partName(id), text)
    const alive = lines.filter(([identity]) => latest.get(identity) === partName(id))
    if (alive.length === lines.length) continue
    try {
      floor = await replace(work, floor, id, String(text), alive)
    } catch (thrown) {
      // The next may fit: the less is left of a part, the less room it needs.
      if (!isFull(thrown)) throw thrown
    }
  }
}
