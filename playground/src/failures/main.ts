import { writeFile } from 'node:fs/promises'
import { root } from './catalogue.ts'
import { brokenPlants, strayClauses, strayTags, unplanted, unproved } from './complaints.ts'
import { failureMap } from './map.ts'
import { failuresPage } from './page.ts'

const map = await failureMap()
await writeFile(new URL('docs/failures.md', root), failuresPage(map))
const complaints = {
  'without a test': unproved(map),
  'without a planted fault': unplanted(map),
  'tags of no failure': strayTags(map),
  'no such clause or defect': await strayClauses(map),
  'plants that cannot be planted': await brokenPlants(map),
}
for (const [what, which] of Object.entries(complaints)) {
  if (which.length === 0) continue
  console.log(`${what}: ${which.join(which.every((one) => one.length < 5) ? ' ' : '\n  ')}`)
}
console.log(`docs/failures.md: ${map.tests.length} tagged tests, ${map.plants.length} planted faults`)
