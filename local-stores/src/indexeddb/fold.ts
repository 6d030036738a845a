import { wrap } from 'idb'
import { chunksOf, merged, type Part } from './chunks.ts'
import { putState, type State, stateOf, type Tables } from './state.ts'
import type { Work } from './transaction.ts'
import type { Tuning } from './tuning.ts'

const foldDue = ({ size, foldAt }: State, tuning: Tuning): boolean => size >= Math.max(foldAt, tuning.foldAt)

/** Whether chunks should be put in order. */
export const foldIsDue = (state: State, tuning: Tuning): boolean =>
  state.loose >= tuning.packAt || foldDue(state, tuning)

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
  (id: string, tuning: Tuning): Work<void> =>
  async (tables) => {
    const state = await stateOf(tables, id)
    // Another tab was faster.
    if (!foldIsDue(state, tuning)) return
    const part = foldDue(state, tuning) ? 'whole' : 'newest'
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
