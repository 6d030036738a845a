import type { Findings, Installed, Judge } from '../judge.ts'
import { Device } from './adapter/device.ts'
import { judgeReads } from './adapter/down.ts'
import { judgeWrites } from './adapter/up.ts'
import { listeners } from './script/listening.ts'
import { offlines } from './script/offline.ts'
import { queries } from './script/queries.ts'
import { beyond, rules, strangers } from './script/rules.ts'
import { takeSteps } from './script/step.ts'
import { transactions } from './script/transactions.ts'
import { values } from './script/values.ts'
import { writes } from './script/writes.ts'
import { within } from './within.ts'
import { openWorld, type World } from './world.ts'

async function judgeDouble(findings: Findings, world: World): Promise<void> {
  const { full, lite, admin } = world
  const everyone = [...writes, ...values, ...queries, ...transactions, ...listeners, ...offlines]
  await takeSteps(findings, everyone, [full, lite, admin], world)
  const [ada, small, stranger] = [world.fullAs('token-of-ada'), world.liteAs('token-of-ada'), world.liteAs('stranger')]
  await takeSteps(findings, rules, [ada, small], world)
  await takeSteps(findings, strangers, [ada, stranger], world)
  await takeSteps(findings, beyond, [admin], world)
}

async function judgeAdapter(findings: Findings, { admin, port }: World): Promise<void> {
  const device = new Device(port)
  try {
    await judgeWrites(findings, device, admin)
    await judgeReads(findings, device, admin)
  } finally {
    await within('closing', device.close())
  }
}

function tellWhatIsLeftOut({ skip, differs }: Findings): void {
  differs(
    'a write into what a transaction of the admin SDK has read',
    'the service (pessimistic mode) makes it wait for the transaction; the double lets it through and aborts the transaction, as the optimistic mode does. Both count in the end',
  )
  skip('not-in, array-contains-any, queries of null and NaN', 'the adapter asks none, and the double has none')
  skip('collection groups, sums and averages, pipelines', 'the adapter asks none, and the double has none')
  skip('BulkWriter, listDocuments, listCollections', 'calls of the admin SDK alone; the double has none')
  skip(
    'the full SDK as Node gets it, by gRPC',
    'one process can load only one build of it, and this one has that for browsers',
  )
}

/** Google's own SDKs on the double: one script for all of them, and what they make of the adapter's documents. */
export const judge: Judge = {
  name: 'firestore',
  who: 'the web SDKs of Firebase (full by WebChannel, lite by REST) and the admin SDK (by gRPC), on the double of Firestore',
  packages: {
    '@google-cloud/firestore': '8.7.1',
    '@grpc/grpc-js': '1.14.7',
    'proto3-json-serializer': '3.0.4',
    protobufjs: '7.6.6',
  },
  async run(findings: Findings, installed: Installed) {
    const world = await within('opening', openWorld(installed))
    try {
      await judgeDouble(findings, world)
      await judgeAdapter(findings, world)
      tellWhatIsLeftOut(findings)
    } finally {
      await findings.check('all that was opened is closed', () => world.close())
    }
  },
}
