import type { Documents } from './documents.ts'
import type { SeenMarks } from './marks.ts'
import type { Model } from './model.ts'
import type { Api } from './requests.ts'

/** One adapter: what its options say, and what it remembers. */
export interface Remote {
  /** Names the API. */
  readonly place: string
  readonly api: Api
  readonly models: ReadonlyMap<string, Model>
  documentsOf(model: Model): Documents
  readonly baseTableTtlMs: number
  readonly overlapMs: number
  readonly recordBytes: number
  readonly seen: SeenMarks
}
