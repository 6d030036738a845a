import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { copyOfProject } from './copy.ts'
import { failureMap } from './map.ts'
import { type Plant, testOf, times } from './plants.ts'
import { type Ended, endOf, patternOf, runTests } from './run-test.ts'

const wanted = process.argv.slice(2)
const all = (await failureMap()).plants
const isMeant = ({ id, test, file }: Plant, one: string): boolean =>
  id === one.toUpperCase() || test.includes(one) || file.includes(one)
const chosen = all.filter((plant) => wanted.length === 0 || wanted.some((one) => isMeant(plant, one)))
const write = (line: string): void => void process.stdout.write(`${line}\n`)
const strange = wanted.filter((one) => !all.some((plant) => isMeant(plant, one)))
if (strange.length > 0) {
  write(
    `no mistake is planted for ${strange.join(', ')}: give failures (F20), or a part of the path of a file or of a test`,
  )
  process.exit(2)
}
write(`${chosen.length} of ${all.length} mistakes, one after the other`)
const copy = await copyOfProject()

async function planted(plant: Plant): Promise<Ended> {
  const path = join(copy.path, plant.file)
  const text = await readFile(path, 'utf8')
  if (times(text, plant.find) !== 1) return { kind: 'broken', why: `its text stands ${times(text, plant.find)} times` }
  const { file, title } = testOf(plant)
  try {
    await writeFile(path, text.split(plant.find).join(plant.replace))
    return endOf(await runTests(copy.path, [file], patternOf(title)), title)
  } finally {
    await writeFile(path, text)
  }
}

/** Every test that will be expected red, once without the mistakes. */
async function greenFirst(): Promise<ReadonlyMap<Plant, Ended>> {
  const tests = chosen.map(testOf)
  const files = [...new Set(tests.map(({ file }) => file))]
  const pattern = [...new Set(tests.map(({ title }) => patternOf(title)))].join('|')
  const report = await runTests(copy.path, files, pattern)
  return new Map(chosen.map((plant) => [plant, endOf(report, testOf(plant).title)]))
}

let found = 0
let skipped = 0
try {
  const before = chosen.length === 0 ? new Map<Plant, Ended>() : await greenFirst()
  for (const plant of chosen) {
    const first = before.get(plant)
    const then = first?.kind === 'green' ? await planted(plant) : undefined
    const isFound = then?.kind === 'red'
    if (isFound) found += 1
    const isSkipped = first?.kind === 'skipped'
    if (isSkipped) skipped += 1
    const verdict = isFound
      ? 'found'
      : isSkipped
        ? 'not tried'
        : then
          ? `MISSED (${then.kind})`
          : `NOT GREEN WITHOUT IT (${first?.kind})`
    write(
      `${plant.id.padEnd(5)} ${verdict.padEnd(15)} ${plant.file}\n      ${plant.test}\n      ${(then ?? first)?.why ?? ''}`,
    )
  }
} finally {
  await copy.close()
}
write(`\n${found} of ${chosen.length} found${skipped > 0 ? `, ${skipped} not tried` : ''}`)
process.exitCode = found + skipped === chosen.length ? 0 : 1
