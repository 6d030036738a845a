import { readFile } from 'node:fs/promises'

/** The repository, from `src` as from `dist`. */
export const root: URL = new URL('../../../', import.meta.url)

/** Text of a file, by its path from the root of the repository. */
export const read = (file: string): Promise<string> => readFile(new URL(file, root), 'utf8')

/** One way in which an app of this kind has failed its users. */
export interface Failure {
  /** `F01` to `F119`; numbers are never given again, and some are free. */
  readonly id: string
  readonly title: string
  /** What really happened. */
  readonly happened: string
  /** Where it can be read: `owner/repository#number`, an address, or in words. */
  readonly sources: readonly string[]
  /** The promises it breaks, by their numbers in {@link Catalogue.promises}. */
  readonly breaks: readonly string[]
  /** What keeps it out here. */
  readonly here: string
  /** Clauses of the contracts that prove it, beside the tests whose titles carry the id. */
  readonly clauses?: readonly string[]
  /** Defects of the doubles that turn these clauses red. */
  readonly defects?: readonly string[]
  /** Why it cannot occur here at all; such a failure needs no test. */
  readonly never?: string
}

export interface Section {
  readonly title: string
  /** Name of its file of planted faults. */
  readonly planted: string
  readonly failures: readonly Failure[]
}

export interface Catalogue {
  /** What an app may rely on, by number. */
  readonly promises: Readonly<Record<string, string>>
  readonly sections: readonly Section[]
}

export const catalogue = async (): Promise<Catalogue> =>
  JSON.parse(await read('docs/failures/catalogue.json')) as Catalogue

export const failuresOf = ({ sections }: Catalogue): readonly Failure[] => sections.flatMap(({ failures }) => failures)
