import { readFile } from 'node:fs/promises'

/** A code block of the README as a file. */
export interface Snippet {
  /** From its first line, `// name.ts`; else by its place. */
  readonly file: string
  readonly code: string
}

const readme = new URL('../../README.md', import.meta.url)

/** Every block marked `ts`, in order. */
export async function snippets(): Promise<readonly Snippet[]> {
  const blocks = (await readFile(readme, 'utf8')).matchAll(/^```ts\n(.*?)^```$/gms)
  return [...blocks].map(([, code = ''], place) => {
    const named = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1]
    return { file: named ?? `block-${place + 1}.ts`, code }
  })
}
