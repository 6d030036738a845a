// Commits for ever and says the number of each commit on stdout once it is acknowledged: node writer.mjs <directory>
import { platformEnv } from '@rowkeep/kernel'
import { fileStore } from '@rowkeep/local-stores/file'
import { COMPACT_AFTER_BYTES, entriesOf, NAMESPACE } from './history.mjs'

const store = fileStore({ directory: process.argv[2] ?? '', compactAfterBytes: COMPACT_AFTER_BYTES })
const open = await store.open({ namespace: NAMESPACE, durability: 'strict', env: platformEnv })
let head = 0
for await (const page of open.load()) head = page.head
for (;;) {
  head = await open.commit(entriesOf(head + 1), head)
  // A pipe takes this before the call returns, so a number that was said is not lost with the process.
  process.stdout.write(`${head}\n`)
}
