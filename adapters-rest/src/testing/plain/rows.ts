import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow } from '@rowkeep/kernel/testing'
import type { Settings } from './settings.ts'

/** Fields that the server writes and no client may. */
export const ownFields = ['version', 'updated_at', 'deleted'] as const

// A version that began again at 1 after a row was forgotten would be taken for an old one.
const versionOf = ({ at, version }: ModelRow, { deletions }: Settings): number | string =>
  deletions === 'marked' ? version : `${at}-${version}`

/** A row as it goes over the wire. */
export function wireRow(row: ModelRow, settings: Settings): JsonObject {
  const { versions, feed } = settings
  return {
    ...(row.fields ?? { id: row.id, deleted: true }),
    ...(versions === 'none' ? {} : { version: versionOf(row, settings) }),
    ...(feed === 'changes' ? { updated_at: new Date(row.at).toISOString() } : {}),
  }
}

/** The row's entity tag; `undefined` where the server has none. */
export function tagOf(row: ModelRow, settings: Settings): string | undefined {
  if (settings.versions === 'none') return undefined
  return `${settings.versions === 'weak' ? 'W/' : ''}"${versionOf(row, settings)}"`
}

/** The `ETag` header of a row's representation. */
export function tagHeader(row: ModelRow, settings: Settings): Readonly<Record<string, string>> {
  const tag = tagOf(row, settings)
  return tag === undefined ? {} : { etag: tag }
}

/** By time, then by id: the order of every list. */
export const inOrder = (a: ModelRow, b: ModelRow): number => a.at - b.at || (a.id < b.id ? -1 : 1)
