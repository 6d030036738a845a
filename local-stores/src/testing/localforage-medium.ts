import { type LocalforageStoreOptions, settingsOf } from '../localforage/options.ts'
import { localforageStoreOn } from '../localforage/store.ts'
import { keyValuesOn } from './key-values.ts'
import type { Medium } from './medium.ts'
import { Processes } from './processes.ts'

/** Options of `localforageStore`, but for which instance it uses. */
export interface LocalforageMediumOptions
  extends Omit<LocalforageStoreOptions, 'instance' | 'name' | 'storeName' | 'driver'> {
  /** What is folded goes into keys of about so many characters each. Default 262 144. */
  readonly partCharacters?: number
}

function mediumOn(map: Map<string, unknown>, { partCharacters, ...options }: LocalforageMediumOptions): Medium {
  const processes = new Processes()
  return {
    start: (given = {}) =>
      processes.start(given, ({ step, env }) => {
        const settings = settingsOf({ ...options, instance: keyValuesOn(map, step, 'testing') })
        return localforageStoreOn(env, partCharacters === undefined ? settings : { ...settings, partCharacters })
      }),
    losePower: () => processes.endAll(),
    copy: () => mediumOn(new Map(map), { ...options, ...(partCharacters === undefined ? {} : { partCharacters }) }),
  }
}

/**
 * A table of keys in memory under `localforageStore`. Each step is durable at once: what a browser forgets with the power it does not
 * show.
 */
export const localforageMedium = (options: LocalforageMediumOptions = {}): Medium => mediumOn(new Map(), options)
