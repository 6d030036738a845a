import { setLogLevel } from 'firebase/app'
import { describe } from 'vitest'
import { worldBackends } from '../world/backends.ts'
import { conflicts } from './conflicts.ts'
import { cursors } from './cursors.ts'
import { fidelity } from './fidelity.ts'
import { liveGaps } from './live-gaps.ts'
import { lostAnswers } from './lost-answers.ts'
import { lostWrites } from './lost-writes.ts'
import { poison } from './poison.ts'
import { races } from './races.ts'
import { recordStates } from './record-states.ts'
import type { Theme } from './scene.ts'
import { signIn } from './sign-in.ts'

const themes: readonly Theme[] = [
  lostWrites,
  poison,
  lostAnswers,
  recordStates,
  liveGaps,
  cursors,
  conflicts,
  signIn,
  fidelity,
  races,
]

/** Registers the ten complaints, each as scenes before one backend. */
export function describeThemes(name: string): void {
  const kind = worldBackends.find((one) => one.name === name)
  if (!kind) throw new Error(`there is no backend called ${name}`)
  setLogLevel('silent')
  describe(`what users complain of elsewhere, before ${name}`, () => {
    for (const theme of themes) theme(kind)
  })
}
