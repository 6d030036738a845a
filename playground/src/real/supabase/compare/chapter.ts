import type { Stage } from './stage.ts'

/** A series of requests, sent to both backends. */
export interface Chapter {
  /** What is compared. */
  readonly about: string
  play(stage: Stage): Promise<void>
}
