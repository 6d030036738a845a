import { invalid } from '../options.ts'

/** @throws SyncError `SYNC_CONFIG_INVALID` naming the first of these that is there and no text, or empty */
export function mustBeText(what: string, options: object, names: readonly string[]): void {
  for (const name of names) {
    const value = (options as Readonly<Record<string, unknown>>)[name]
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      throw invalid(`${what}.${name} must be a text, not empty`)
    }
  }
}
