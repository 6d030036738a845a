import type { Judge } from '../judge.ts'
import { checkAdapter } from './adapter/index.ts'
import { startArmadietto } from './armadietto.ts'
import { compareWithFresh } from './preconditions/fresh.ts'
import { comparePreconditions } from './preconditions/index.ts'

/** A server of other people with ETags and preconditions, before the double of plain servers and before our adapter. */
export const judge: Judge = {
  name: 'rest',
  who: 'armadietto, a remoteStorage server, and fresh, by which Express reads If-None-Match',
  packages: { armadietto: '0.6.6', fresh: '2.0.0' },
  async run(findings, installed) {
    const armadietto = await startArmadietto(installed)
    try {
      const token = await armadietto.signUp('ada')
      await comparePreconditions(findings, armadietto, token)
      await compareWithFresh(findings, installed)
      await checkAdapter(findings, armadietto.url, token)
    } finally {
      await armadietto.stop()
    }
  },
}
