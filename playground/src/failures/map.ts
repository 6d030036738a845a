import { catalogue } from './catalogue.ts'
import type { FailureMap } from './complaints.ts'
import { plants } from './plants.ts'
import { taggedTests } from './titles.ts'

/** The map of failures as the repository has it now. */
export async function failureMap(): Promise<FailureMap> {
  const all = await catalogue()
  return { catalogue: all, tests: await taggedTests(), plants: await plants(all) }
}
