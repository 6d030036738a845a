import type { Json, JsonObject } from '../env/json.ts'

/** A JSON text that is the same for equal values on every device, whatever the order of their fields. `undefined` is `null`. */
export const canonical = (value: Json | undefined): string =>
  JSON.stringify(value ?? null, (_, part: Json) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part as JsonObject).sort(([a], [b]) => {
            if (a === b) return 0
            return a < b ? -1 : 1
          }),
        )
      : part,
  )
