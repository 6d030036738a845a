import type { Findings } from '../../../judge.ts'
import { hearScope } from './scope.ts'
import { hearStory } from './story.ts'

/** Both clients in turn, before doubles of their own. */
export async function hearCompared(findings: Findings, folder: string): Promise<void> {
  await hearStory(findings, folder)
  await hearScope(findings, folder)
}
