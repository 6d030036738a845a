import type { Findings } from '../../../judge.ts'
import { Stage } from '../../stage.ts'
import { check } from '../check.ts'
import { amazonIsFirst, lostAnswer, oursIsFirst, sameField } from './conflicts.ts'
import { fromAmazon, fromOurs, inTurn } from './crossing.ts'
import { hearDefaultHandler } from './default-handler.ts'
import { amazonDeletes, oursDeletes } from './deletions.ts'
import { openScene, type Scene } from './scene.ts'

type Play = (scene: Scene) => Promise<void>

const story: readonly (readonly [what: string, play: Play])[] = [
  ['a note of DataStore is created, changed and deleted in our client, too', fromAmazon],
  ['a note of ours is created, changed and deleted in DataStore, too, by subscription alone', fromOurs],
  ['both change one note in turn, without a conflict', inTurn],
  ['DataStore merges what ours wrote before it, and both have both changes', oursIsFirst],
  ['our client merges what DataStore wrote before it, and both have both changes', amazonIsFirst],
  ['a conflict over one field ends the same on both', sameField],
  ['an update of ours whose answer was lost is known again behind one of DataStore, and not repeated', lostAnswer],
  ['an update of DataStore that meets our deletion is given up, and the note is gone from both', oursDeletes],
  [
    'an update of ours that meets a deletion of DataStore waits for a person, and the note stays deleted',
    amazonDeletes,
  ],
]

async function checkOn(scene: Scene, findings: Findings, what: string, play: Play): Promise<void> {
  for (const { door } of [scene.amazon, scene.ours]) door.calm()
  await check(findings, what, () => play(scene))
}

/** Both clients at once, on one double. */
export async function hearTogether(findings: Findings, folder: string): Promise<void> {
  const stage = new Stage(folder)
  try {
    let scene: Scene | undefined
    await check(findings, 'both connect to one double', async () => {
      scene = await openScene(stage)
    })
    for (const [what, play] of story) {
      if (scene) await checkOn(scene, findings, what, play)
      else findings.skip(what, 'the two did not connect')
    }
  } finally {
    await stage.clear()
  }
  await hearDefaultHandler(findings, folder)
}
