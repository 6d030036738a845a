import type { Findings, Judge } from '../judge.ts'
import { hearAlone } from './checks/alone/index.ts'
import { hearCompared } from './checks/compared/index.ts'
import { hearTogether } from './checks/together/index.ts'

/** What DataStore cannot tell, and who could. */
function skips(findings: Findings): void {
  findings.skip(
    'the AppSync simulator (@aws-amplify/amplify-appsync-simulator) for credentials and the wire of subscriptions',
    'it takes 407 MB and a database that listens on all interfaces, and knows neither versions nor sync',
  )
  findings.skip(
    'a create over a row that is there, and an update that brings a deleted row back',
    'what AppSync answers is known to AWS alone; the adapter is made so that either answer is right',
  )
}

/** Amazon's own offline client, which nobody here wrote, on our stand-in for its backend, and beside our client. */
export const judge: Judge = {
  name: 'appsync',
  who: "Amazon's DataStore, on the double of adapters-appsync",
  packages: { '@aws-amplify/core': '6.19.2', '@aws-amplify/datastore': '5.1.13' },
  async run(findings, { folder }) {
    await hearAlone(findings, folder)
    await hearCompared(findings, folder)
    await hearTogether(findings, folder)
    skips(findings)
  },
}
