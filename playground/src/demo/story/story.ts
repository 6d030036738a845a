import { firstSync, offlineWork, serverStarts } from './beginning.ts'
import { deletedAndEdited, differentFields, sameField } from './conflicts.ts'
import { answerLost, deviceKilled, serverKilled } from './crashes.ts'
import { everythingAgrees } from './end.ts'
import type { Step } from './step.ts'

/** The whole story, in order. */
export const story: readonly Step[] = [
  serverStarts,
  offlineWork,
  firstSync,
  differentFields,
  sameField,
  deletedAndEdited,
  deviceKilled,
  serverKilled,
  answerLost,
  everythingAgrees,
]
