import type { Findings } from '../../../judge.ts'
import { Stage } from '../../stage.ts'
import { hearConflicts } from './conflicts.ts'
import { hearListening } from './listening.ts'
import { hearDeltaSync, hearFirstSync, seed } from './reading.ts'
import { sceneOf } from './scene.ts'
import { hearWriting } from './writing.ts'

/** What DataStore does by itself, on a double to which only it and the judge write. */
export async function hearAlone(findings: Findings, folder: string): Promise<void> {
  const stage = new Stage(folder)
  try {
    await seed(stage)
    const scene = sceneOf(findings, stage, await stage.amazon())
    await hearFirstSync(scene)
    await hearWriting(scene)
    await hearConflicts(scene)
    await hearListening(scene)
    await hearDeltaSync(scene)
  } finally {
    await stage.clear()
  }
}
