import type { CommitNumber } from '@rowkeep/kernel'
import { type Floor, type Segment, upToOf } from './floor.ts'
import { commitNames, survey } from './load.ts'
import { commitName, commitsIn, partNames, type Space } from './space.ts'
import { type Identity, isRemoval, type Line, linesOf, textOf } from './text.ts'

/** What a fold works on. */
export interface Folding {
  readonly space: Space
  readonly life: string
  /** Of the segment it makes: no other has it. */
  readonly id: string
  readonly partCharacters: number
  /** True once it should end early. */
  readonly stopped: () => boolean
}

/** Lets everything else run that is ready to. */
const pause = ({ space }: Folding): Promise<void> => new Promise((resolve) => space.ground.env.setTimer(0, resolve))

/** The newest line of each key. */
class Fold {
  readonly lines = new Map<Identity, Line>()

  add(name: string, held: unknown): void {
    for (const line of linesOf(name, held)) this.lines.set(line[0], line)
  }

  /** Texts of about the size of a part. */
  *parts(most: number, withRemovals: boolean): Generator<string, void, undefined> {
    let part: string[] = []
    let size = 0
    for (const line of this.lines.values()) {
      if (!withRemovals && isRemoval(line)) continue
      if (size > 0 && size + line[1].length > most) {
        yield textOf(part)
        part = []
        size = 0
      }
      part.push(line[1])
      size += line[1].length
    }
    if (part.length > 0) yield textOf(part)
  }
}

/**
 * How many of the oldest segments stay as they are. A segment is taken in while it is less than twice as large as what comes
 * after it: so each entry is written again only when the whole has about doubled, and there are few segments.
 */
function kept(segments: readonly Segment[], commitSize: number): number {
  let count = segments.length
  let size = commitSize
  while (count > 0 && (segments[count - 1]?.size ?? 0) < 2 * size) {
    count -= 1
    size += segments[count]?.size ?? 0
  }
  return count
}

/** Removes the keys that no longer count: also what earlier folds and removals of the namespace left when they were cut off. */
async function sweep(space: Space, floor: Floor, names: readonly string[]): Promise<void> {
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
async function read(
  work: Folding,
  names: readonly string[],
  each: (name: string, held: unknown) => void,
): Promise<void> {
  for (const name of names) {
    if (work.stopped()) return
    each(name, await work.space.get(name))
    await pause(work)
  }
}

/** Writes the parts; their number and size. */
async function write(work: Folding, texts: Iterable<string>): Promise<Pick<Segment, 'parts' | 'size'>> {
  let parts = 0
  let size = 0
  for (const text of texts) {
    if (work.stopped()) break
    await work.space.put(`p/${work.id}/${parts}`, text)
    parts += 1
    size += text.length
    await pause(work)
  }
  return { parts, size }
}

async function fold(work: Folding, floor: Floor, head: CommitNumber): Promise<Floor> {
  const { life, id } = work
  const commits: (readonly [string, unknown])[] = []
  await read(work, commitNames(life, upToOf(floor), head), (...commit) => commits.push(commit))
  const count = kept(
    floor.segments,
    commits.reduce((sum, [, held]) => sum + String(held).length, 0),
  )
  const found = new Fold()
  await read(work, floor.segments.slice(count).flatMap(partNames), (...part) => found.add(...part))
  for (const commit of commits) found.add(...commit)
  const segment = { id, upTo: head, ...(await write(work, found.parts(work.partCharacters, count > 0))) }
  return { ...floor, segments: [...floor.segments.slice(0, count), segment] }
}

/** Lets the fold take effect, in the one write of the floor. */
async function settle({ space, life }: Folding, next: Floor): Promise<void> {
  await space.locked(async () => {
    // The namespace may have been removed and made anew: nothing of this life may appear in that one.
    await space.floor(life)
    await space.put('floor', JSON.stringify(next))
  })
}

/**
 * Folds the commits into a segment, together with the segments that are not much larger. Commits go on meanwhile: the result takes
 * effect in one write, that of the floor, and only then is anything removed. Call it under a lock of its own. Ends early and
 * without effect once stopped. Rejects if it could not be done; then the namespace is as it was.
 */
export async function compact(work: Folding): Promise<void> {
  const { space, life, stopped } = work
  const { floor, head, names } = await survey(space, life)
  await sweep(space, floor, names)
  try {
    const next = await fold(work, floor, head)
    if (!stopped()) await settle(work, next)
  } finally {
    // By the floor as it now is: of a fold that failed its parts go, else what it replaced.
    await sweep(space, await space.floor(life), await space.names())
  }
}
