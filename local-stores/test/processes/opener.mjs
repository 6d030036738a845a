// A process that opens one namespace when told to, says how that went, and holds it until it is killed or its input ends.
// Runs against the built package: node opener.mjs <directory> <namespace>
import { createInterface } from 'node:readline'
import { platformEnv } from '@rowkeep/kernel'
import { fileStore } from '@rowkeep/local-stores/file'

const [directory = '', namespace = ''] = process.argv.slice(2)
const store = fileStore({ directory, compactAfterBytes: 1000 })

/** @param {string} line */
const say = (line) => process.stdout.write(`${line}\n`)

/** @type {import('@rowkeep/kernel').OpenStore | undefined} */
let open

/** @type {Record<string, () => Promise<string>>} */
const orders = {
  async open() {
    open = await store.open({ namespace, durability: 'strict', env: platformEnv })
    return 'held'
  },
  async close() {
    await open?.close()
    return 'closed'
  },
  /** Commits until a snapshot is under way, and then has nothing more to do. */
  async leave() {
    for (let n = 0; n < 100; n += 1) await open?.commit([{ table: 'meta', key: 'n', value: 'x'.repeat(n) }], n)
    input.close()
    return 'left'
  },
}

const input = createInterface({ input: process.stdin })
input.on('line', (order) => {
  const carryOut = orders[order]
  if (!carryOut) throw new Error(`no such order: ${order}`)
  carryOut().then(say, (thrown) => say(`${thrown.code} ${JSON.stringify(thrown.details)}`))
})
say('ready')
