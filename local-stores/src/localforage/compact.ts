import type { CommitNumber } from '@rowkeep/kernel'
import { isFull } from './failures.ts'
import { type Floor, type Segment, upToOf } from './floor.ts'
import { type Folding, newPartId, read, settle, sweep } from './folding.ts'
import { commitNames, survey } from './load.ts'
import { partName, partNames, restsOf } from './space.ts'
import { type Identity, isRemoval, type Line, linesOf, textOf } from './text.ts'

/** The newest line of each key. */
class Fold {
  readonly lines = new Map<Identity, Line>()

  add(name: string, held: unknown): void {
    for (const line of linesOf(name, held)) this.lines.set(line[0], line)
  }

  /** Forgets what a commit that is not folded makes up for. */
  drop(name: string, held: unknown): void {
    for (const [identity] of linesOf(name, held)) this.lines.delete(identity)
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

/** Writes the parts of a segment. */
async function write(work: Folding, texts: Iterable<string>): Promise<Pick<Segment, 'parts' | 'size'>> {
  const rest = restsOf(work.space.ground.env)
  const parts: string[] = []
  let size = 0
  for (const text of texts) {
    if (work.stopped()) break
    const id = newPartId(work)
    await work.space.put(partName(id), text)
    parts.push(id)
    size += text.length
    await rest(text)
  }
  return { parts, size }
}

/** Folds the first commits; all the others say which of their entries still count. */
async function fold(work: Folding, floor: Floor, span: number, head: CommitNumber): Promise<Floor> {
  const { life } = work
  const commits: (readonly [string, unknown])[] = []
  await read(work, commitNames(life, upToOf(floor), head), (...commit) => commits.push(commit))
  const first = commits.slice(0, span)
  const size = first.reduce((sum, [, held]) => sum + String(held).length, 0)
  const count = kept(floor.segments, size)
  const found = new Fold()
  await read(work, floor.segments.slice(count).flatMap(partNames), (...part) => found.add(...part))
  const rest = restsOf(work.space.ground.env)
  for (const [index, [name, held]] of commits.entries()) {
    if (index < span) found.add(name, held)
    else found.drop(name, held)
    await rest(held)
  }
  const written = await write(work, found.parts(work.partCharacters, count > 0))
  return { ...floor, segments: [...floor.segments.slice(0, count), { upTo: upToOf(floor) + span, ...written }] }
}

/** Folds so many commits, and sweeps. */
async function foldSome(work: Folding, floor: Floor, span: number, head: CommitNumber): Promise<void> {
  const { space, life, stopped } = work
  try {
    const next = await fold(work, floor, span, head)
    if (!stopped()) await settle(work, next)
  } finally {
    // By the floor as it now is: of a fold that failed its parts go, else what it replaced.
    await sweep(space, await space.floor(life), await space.names())
  }
}

/**
 * Folds the commits into a segment, together with the segments that are not much larger. Commits go on meanwhile: the result takes
 * effect in one write, that of the floor, and only then is anything removed. Call it under a lock of its own. Ends early and
 * without effect once stopped. Rejects if it could not be done; then the namespace is as it was. On a full medium fewer commits are
 * folded, the oldest: what was removed since takes no room in the result. True if all were.
 */
export async function compact(work: Folding): Promise<boolean> {
  const { space, life } = work
  for (let most = Number.POSITIVE_INFINITY; ; ) {
    const { floor, head, names } = await survey(space, life)
    const all = head - upToOf(floor)
    const span = Math.min(all, most)
    await sweep(space, floor, names)
    if (span === 0) return true
    try {
      await foldSome(work, floor, span, head)
      return span === all
    } catch (thrown) {
      if (span < 2 || !isFull(thrown)) throw thrown
      most = Math.floor(span / 2)
    }
  }
}
