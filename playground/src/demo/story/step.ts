import type { Stage } from '../stage.ts'

/** One step of the story. */
export interface Step {
  /** What happens, in one line. */
  readonly tells: string
  /** Makes it happen and checks it; gives what came out, in one line. `progress` shows how far it is. @throws Differed */
  play(stage: Stage, progress: (text: string) => void): Promise<string>
}
