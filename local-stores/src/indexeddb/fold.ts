import { wrap } from 'idb'
import { chunksOf, merged, type Part } from './chunks.ts'
import { putState, type State, stateOf, type Tables } from './state.ts'
import type { Work } from './transaction.ts'

/** So many chunks far from full are packed into full ones. */
const PACK_AT = 256

/** Below so many characters nobody looks for what is out of date. */
const FOLD_AT = 1_048_576

const foldDue = ({ size, foldAt }: State): boolean => size >= Math.max(foldAt, FOLD_AT)

/** Whether chunks should be put in order. */
export const foldIsDue = (state: State): boolean => state.loose >= PACK_AT || foldDue(state)

async function chunksFrom(
  base: IDBObjectStore,
  range: IDBKeyRange | undefined,
): Promise<readonly string[] | undefined> {
  const chunks: readonly unknown[] = await wrap(base.getAll(range))
  return chunks.every((chunk) => typeof chunk === 'string') ? chunks : undefined
}

function rewrite({ base }: Tables, { packed, head }: State, part: Part, lines: readonly string[]): void {
  if (part === 'whole') base.clear()
  else base.delete(IDBKeyRange.lowerBound([packed + 1]))
  let index = 0
  for (const chunk of chunksOf(lines)) base.put(chunk, [head, index++])
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + text.length, 0)

/**
 * Puts chunks in order, in one transaction: packs the newest ones into full ones; or, when what is held has doubled, looks
 * at all of them and writes them anew if a quarter is out of date. A first sync writes no row twice by that, and nothing is
 * ever rewritten more often than it doubles.
 * @throws SyncError see {@link stateOf}
 */
export const foldWork =
  (id: string): Work<void> =>
  async (tables) => {
    const state = await stateOf(tables, id)
    // Another tab was faster.
    if (!foldIsDue(state)) return
    const part = foldDue(state) ? 'whole' : 'newest'
    const { packed, head } = state
    const range = part === 'whole' ? undefined : IDBKeyRange.lowerBound([packed + 1])
    const chunks = await chunksFrom(tables.base, range)
    // A chunk that is no text is left as it is, so that every load tells of it.
    if (!chunks) return putState(tables.state, { ...state, packed: head, loose: 0, foldAt: state.size * 2 })
    const lines = merged(chunks, part)
    const saved = lengthOf(chunks) - lengthOf(lines)
    const size = state.size - saved
    if (part === 'newest') {
      rewrite(tables, state, part, lines)
      return putState(tables.state, { ...state, packed: head, loose: 0, size })
    }
    if (saved * 4 < state.size) return putState(tables.state, { ...state, foldAt: state.size * 2 })
    rewrite(tables, state, part, lines)
    putState(tables.state, { ...state, whole: head, packed: head, loose: 0, size, foldAt: size * 2 })
  }
