import { type Failure, failuresOf, type Section } from './catalogue.ts'
import type { FailureMap } from './complaints.ts'
import { fileOf } from './plants.ts'

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

/** A source as a link where it names an issue or a page. */
function link(source: string): string {
  const [, repository, number] = /^([\w.-]+\/[\w.-]+)#(\d+)$/.exec(source) ?? []
  if (number !== undefined) return `[${source}](https://github.com/${repository}/issues/${number})`
  const [, name, address] = /^(.+): (https:\S+)$/.exec(source) ?? []
  return address === undefined ? escaped(source) : `[${escaped(name ?? '')}](${address})`
}

function proofs({ id, clauses = [], never }: Failure, { tests }: FailureMap): string {
  if (never !== undefined) return `cannot occur here: ${escaped(never)}`
  const own = tests.filter(({ ids }) => ids.includes(id))
  const named = own.map(({ file, title }) => `[${escaped(title)}](../${file})`)
  const held = clauses.map((clause) => `[${clause}](../kernel/CONTRACT.md) of every adapter or store`)
  return [...named, ...held].join('<br>') || '**none yet**'
}

function planted({ id, defects = [], never }: Failure, { plants }: FailureMap, section: Section): string {
  if (never !== undefined) return ''
  const own = plants.filter((plant) => plant.id === id).length
  const parts = [
    ...(own > 0 ? [`[${own}](../${fileOf(section.planted)})`] : []),
    ...defects.map((defect) => `[${defect}](../conformance-tests/test/defects.test.ts)`),
  ]
  return parts.join('<br>') || '**none yet**'
}

function sectionPage(section: Section, map: FailureMap): string {
  const rows = section.failures.map((one) => {
    const { id, title, happened, sources, breaks, here } = one
    const what = `**${escaped(title)}.** ${escaped(happened)} (${sources.map(link).join(', ')}; breaks ${breaks.join(', ')})`
    return `| ${id} | ${what} | ${escaped(here)} | ${proofs(one, map)} | ${planted(one, map, section)} |`
  })
  const head = ['| | what happened | what keeps it out here | tests | seen red |', '|---|---|---|---|---|']
  return [`## ${section.title}`, '', ...head, ...rows].join('\n')
}

/** The page that says of every known failure what keeps it out here, and which tests prove it. */
export function failuresPage(map: FailureMap): string {
  const { catalogue, tests, plants } = map
  const all = failuresOf(catalogue)
  const promises = Object.entries(catalogue.promises).map(([number, text]) => `| ${number} | ${escaped(text)} |`)
  const intro = `<!-- Made by \`npm run failures\`; do not edit. -->
# What has gone wrong elsewhere

${all.length} ways in which apps that sync have lost, doubled, mixed up or leaked their users' data, with where to read of them;
what keeps each out of Rowkeep; and the tests that prove it (${new Set(tests.map(({ file, title }) => `${file} ${title}`)).size} of them, beside the clauses of the contracts).
\`npm run planted\` makes ${plants.length} of these mistakes in a copy of the source and expects the tests to turn red; those of
doubles are made by \`npm run defects\`. The list itself is [catalogue.json](failures/catalogue.json), and
[failures/planted](failures/planted/README.md) says how a mistake is written down.

A test that proves one carries its number at the end of its title: \`test('a lost answer leads to one effect [F20]', ...)\`.

| promise | |
|---|---|
${promises.join('\n')}
`
  return `${[intro.trimEnd(), ...catalogue.sections.map((section) => sectionPage(section, map))].join('\n\n')}\n`
}
