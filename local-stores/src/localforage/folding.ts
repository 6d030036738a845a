import { type Floor, upToOf } from './floor.ts'
import { commitName, commitsIn, partNames, restsOf, type Space } from './space.ts'

/** What a fold works on. */
export interface Folding {
  readonly space: Space
  readonly life: string
  /** About so many a part has; a value that is larger has one of its own. */
  readonly partCharacters: number
  /** True once it should end early. */
  readonly stopped: () => boolean
}

/** An id that no other part has, nor ever had: what a fold leaves behind is never overwritten by another. */
export const newPartId = ({ space }: Folding): string => space.ground.env.uuid().slice(0, 13)

/** Removes the keys that no longer count: also what earlier folds and removals of the namespace left when they were cut off. */
export async function sweep(space: Space, floor: Floor, names: readonly string[]): Promise<void> {
  const upTo = upToOf(floor)
  const parts = new Set(floor.segments.flatMap(partNames))
  const commits = new Set(
    commitsIn(names, floor.life)
      .filter((commit) => commit > upTo)
      .map((commit) => commitName(floor.life, commit)),
  )
  const old = names.filter((name) => /^[cp]\//.test(name) && !parts.has(name) && !commits.has(name))
  for (const name of old) await space.remove(name)
}

/** Reads keys one after the other, and lets others in between. */
export async function read(
  work: Folding,
  names: readonly string[],
  each: (name: string, held: unknown) => void,
): Promise<void> {
  const rest = restsOf(work.space.ground.env)
  for (const name of names) {
    if (work.stopped()) return
    const held = await work.space.get(name)
    each(name, held)
    await rest(held)
  }
}

/** Lets the fold take effect, in the one write of the floor. */
export async function settle({ space, life }: Folding, next: Floor): Promise<void> {
  await space.locked(async () => {
    // The namespace may have been removed and made anew: nothing of this life may appear in that one.
    await space.floor(life)
    await space.put('floor', JSON.stringify(next))
  })
}
