import { readFile } from 'node:fs/promises'

/** A code block of a README as a file. */
export interface Snippet {
  /** From its first line, `// name.ts`; else by its place. */
  readonly file: string
  readonly code: string
}

/** Every block marked `ts` of the README in a folder of the repository, in order. Default: the one at its top. */
export async function snippets(folder = '.'): Promise<readonly Snippet[]> {
  const readme = new URL(`../../${folder}/README.md`, import.meta.url)
  const blocks = (await readFile(readme, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)
  return [...blocks].map(([, code = ''], place) => {
    const named = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1]
    return { file: named ?? `block-${place + 1}.ts`, code }
  })
}
