import type { KeyValues } from '../localforage/key-values.ts'
import type { Step } from './medium.ts'

/** A localforage instance over a map, as one process has it. `name`: the same for all that are to see each other's locks. */
export function keyValuesOn(map: Map<string, unknown>, step: Step, name: string): KeyValues {
  const change = async (what: string, effect: () => unknown): Promise<void> => {
    await step(what, 'before')
    effect()
    await step(what, 'after')
  }
  return {
    ready: async () => {},
    driver: () => 'a map',
    config: () => ({ name, storeName: 'entries' }),
    async getItem(key) {
      await step(`get ${key}`, 'read')
      return map.get(key) ?? null
    },
    setItem: (key, value) => change(`put ${key}`, () => map.set(key, value)),
    removeItem: (key) => change(`remove ${key}`, () => map.delete(key)),
    async keys() {
      await step('keys', 'read')
      return [...map.keys()]
    },
  }
}
