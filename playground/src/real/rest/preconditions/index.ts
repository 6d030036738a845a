import { type PlainDouble, plainDouble } from '@rowkeep/adapters-rest/testing'
import type { Findings } from '../../judge.ts'
import type { Armadietto } from '../armadietto.ts'
import { served } from '../served.ts'
import { type Case, itemCases, listCases } from './cases.ts'
import { compareAll } from './compare.ts'
import { knownCases } from './known.ts'
import type { Peer } from './peer.ts'

const notesOfDouble = (url: string): Peer => ({
  list: `${url}/notes`,
  item: (id) => `${url}/notes/${id}`,
  token: 'token-of-ada',
})

const folderOf = ({ url }: Armadietto, folder: string, token: string): Peer => ({
  list: `${url}/storage/ada/${folder}/`,
  item: (id) => `${url}/storage/ada/${folder}/${id}`,
  token,
})

interface Round {
  readonly name: string
  readonly double: () => PlainDouble
  readonly cases: readonly Case[]
}

const rounds: readonly Round[] = [
  { name: 'deletions marked', double: () => plainDouble(), cases: itemCases },
  { name: 'deletions forgotten', double: () => plainDouble({ deletions: 'forgotten' }), cases: itemCases },
  { name: 'whole lists', double: () => plainDouble({ feed: 'list' }), cases: listCases },
  { name: 'known', double: () => plainDouble(), cases: knownCases },
]

/** Compares the double with armadietto, request by request. */
export async function comparePreconditions(findings: Findings, armadietto: Armadietto, token: string): Promise<void> {
  for (const { name, double, cases } of rounds) {
    await served(double(), async (url) => {
      const judge = folderOf(armadietto, name.replaceAll(' ', '-'), token)
      await compareAll(findings, name, { double: notesOfDouble(url), judge }, cases)
    })
  }
}
