import { modelSubject } from './model-site.ts'
import { modelProfiles } from './profile.ts'
import type { Subject } from './site.ts'

/** The backends that histories are run against, by the names that these know them by. */
export const profiles: Readonly<Record<string, Subject>> = Object.fromEntries(
  Object.keys(modelProfiles).map((name) => [name, modelSubject(name)]),
)
