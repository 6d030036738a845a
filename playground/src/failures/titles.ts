import { readdir } from 'node:fs/promises'
import { read, root } from './catalogue.ts'

/** A test whose title ends in the failures it proves. */
export interface Tagged {
  readonly file: string
  /** Without the tag. */
  readonly title: string
  readonly ids: readonly string[]
}

const tagged = /(['"`])((?:\\.|(?!\1)[^\n])*) \[(F\d+(?: F\d+)*)\]\1/g

/** The tagged titles of a test file, in order; a table of cases may have them too. */
export function titlesIn(file: string, text: string): readonly Tagged[] {
  return [...text.matchAll(tagged)].map(([, , title = '', ids = '']) => ({
    file,
    title: title.replace(/\\(.)/g, '$1'),
    ids: ids.split(' '),
  }))
}

const testFile = /\.test\.ts$/

/** Every test file of the workspaces, from the root of the repository. */
async function testFiles(): Promise<readonly string[]> {
  const { workspaces } = JSON.parse(await read('package.json')) as { readonly workspaces: readonly string[] }
  const found = await Promise.all(
    workspaces.map(async (name) => {
      const names = await readdir(new URL(`${name}/test/`, root), { recursive: true })
      return names.filter((one) => testFile.test(one)).map((one) => `${name}/test/${one.replaceAll('\\', '/')}`)
    }),
  )
  return found.flat().sort()
}

/** The tagged titles of all test files. */
export async function taggedTests(): Promise<readonly Tagged[]> {
  const files = await testFiles()
  return (await Promise.all(files.map(async (file) => titlesIn(file, await read(file))))).flat()
}
