import { SyncError } from '../errors/sync-error.ts'

/** One layer: it may change the operation, look at the answer, or answer itself. */
export type Layer<O, R> = (operation: O, next: (changed?: O) => Promise<R>) => Promise<R>

/** Runs `layers`, first outermost, around `last`. @throws SyncError `SYNC_CONFIG_INVALID` when a layer calls `next` twice */
export function runLayers<O, R>(
  layers: readonly Layer<O, R>[],
  operation: O,
  last: (operation: O) => Promise<R>,
): Promise<R> {
  const dispatch = async (depth: number, current: O): Promise<R> => {
    const layer = layers[depth]
    if (!layer) return last(current)
    let called = false
    return layer(current, (changed = current) => {
      if (called) throw new SyncError('SYNC_CONFIG_INVALID', { message: 'a middleware called next() twice' })
      called = true
      return dispatch(depth + 1, changed)
    })
  }
  return dispatch(0, operation)
}
