import { readFile } from 'node:fs/promises'

/** A code block of a README as a file. */
export interface Snippet {
  /** From its first line, `// name.ts`; else by its place. */
  readonly file: string
  readonly code: string
}

/** Every block marked `ts` of a document of the repository, in order. Default: the README at its top. */
export async function snippets(document = 'README.md'): Promise<readonly Snippet[]> {
  const file = new URL(`../../${document}`, import.meta.url)
  const blocks = (await readFile(file, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)
  return [...blocks].map(([, code = ''], place) => {
    const named = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1]
    return { file: named ?? `block-${place + 1}.ts`, code }
  })
}
