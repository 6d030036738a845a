import { type CommitNumber, type LoadPage, type StoreEntry, SyncError } from '@rowkeep/kernel'
import { type Floor, upToOf } from './floor.ts'
import { commitName, commitsIn, partNames, restsOf, type Space } from './space.ts'
import { type Broken, contentOf, type Identity, linesOf } from './text.ts'

/** Keys read at the same time: enough to hide the wait for each, few enough that nothing is held up. */
const BATCH_KEYS = 16
/** A load starts again when a fold took away its keys; so many folds in a row are no accident. */
const MOST_STARTS = 50

/** What there is to read, as it was at one moment. */
interface Plan {
  readonly floor: Floor
  readonly head: CommitNumber
  /** Everything, not only what changed. */
  readonly whole: boolean
  /** The keys, oldest first. */
  readonly names: readonly string[]
}

/** What a namespace holds now. @throws SyncError `SYNC_STORE_BROKEN` `SYNC_STORE_FAILED` */
export async function survey(
  space: Space,
  life: string,
): Promise<{ readonly floor: Floor; readonly head: CommitNumber; readonly names: readonly string[] }> {
  // In this order no commit is missed: one that a fold takes away in between is in the newer floor.
  const names = await space.names()
  const floor = await space.floor(life)
  return { floor, names, head: Math.max(upToOf(floor), commitsIn(names, life).at(-1) ?? 0) }
}

/** Every commit in a row, also one whose key is missing: it must not be left out in silence. */
export const commitNames = (life: string, after: CommitNumber, head: CommitNumber): readonly string[] =>
  Array.from({ length: Math.max(0, head - after) }, (_, index) => commitName(life, after + 1 + index))

async function planOf(space: Space, life: string, after: CommitNumber): Promise<Plan> {
  const { floor, head } = await survey(space, life)
  const { segments } = floor
  const first = segments.findIndex(({ upTo }) => upTo > after)
  // The first segment knows no removals, so it cannot tell what changed.
  const whole = after === 0 || after > head || first === 0
  const wanted = whole ? segments : segments.slice(first < 0 ? segments.length : first)
  const from = Math.max(upToOf(floor), whole ? 0 : after)
  return { floor, head, whole, names: [...wanted.flatMap(partNames), ...commitNames(life, from, head)] }
}

/** The pages of one try; `false` once a fold has taken away what it reads. */
async function* pagesOf(space: Space, plan: Plan): AsyncGenerator<LoadPage, boolean> {
  const { floor, head, whole, names } = plan
  const broken = new Map<Identity, Broken>()
  const rest = restsOf(space.ground.env)
  let reset = whole
  for (let from = 0; from < names.length; from += BATCH_KEYS) {
    const batch = names.slice(from, from + BATCH_KEYS)
    const held = await Promise.all(batch.map((name) => space.get(name)))
    if (held.includes(null) && JSON.stringify(await space.floor(floor.life)) !== JSON.stringify(floor)) return false
    for (const [index, name] of batch.entries()) {
      const entries = linesOf(name, held[index]).map((line): StoreEntry => {
        const content = contentOf(line)
        if (content.broken) broken.set(line[0], content.broken)
        else broken.delete(line[0])
        return content.entry
      })
      yield { entries, broken: [], head, reset }
      reset = false
      await rest(held[index])
    }
  }
  // Last, because a later entry of the same key makes up for it. A load of nothing has a page too: it tells `head`.
  if (broken.size > 0 || names.length === 0) yield { entries: [], broken: [...broken.values()], head, reset }
  return true
}

/**
 * The answer to `load(after)`: segments, then commits, a page a key.
 * @throws SyncError `SYNC_STORE_FAILED` `SYNC_STORE_BROKEN`
 */
export async function* load(space: Space, life: string, after: CommitNumber): AsyncGenerator<LoadPage, void> {
  for (let start = 0; start < MOST_STARTS; start += 1) {
    if (yield* pagesOf(space, await planOf(space, life, after))) return
  }
  throw new SyncError('SYNC_STORE_FAILED', { message: 'other tabs fold their commits faster than this one can read' })
}
