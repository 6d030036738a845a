// Opens what a killed writer left and compares it with what it had acknowledged.
import { platformEnv } from '@rowkeep/kernel'
import { fileStore } from '@rowkeep/local-stores/file'
import { COMPACT_AFTER_BYTES, NAMESPACE, numbersAfter } from './history.mjs'

/**
 * @typedef {object} Verdict
 * @property {number} head newest commit found
 * @property {number} lost acknowledged commits that are not there
 * @property {number} torn rows that one table has and the other, or the counter, has not
 * @property {number} doubled rows there twice or there again, and commits that nobody made
 */

/**
 * @param {string} directory
 * @returns {Promise<{ head: number, count: number, rows: Map<string, number[]> }>}
 */
async function read(directory) {
  const store = fileStore({ directory, compactAfterBytes: COMPACT_AFTER_BYTES })
  const open = await store.open({ namespace: NAMESPACE, durability: 'strict', env: platformEnv })
  /** @type {Map<string, Map<string, number>>} */
  const tables = new Map([
    ['base', new Map()],
    ['op', new Map()],
    ['meta', new Map()],
  ])
  let head = 0
  for await (const page of open.load()) {
    head = page.head
    if (page.broken.length > 0) throw new Error(`broken entries: ${JSON.stringify(page.broken)}`)
    for (const { table, key, value } of page.entries) {
      if (value === undefined) tables.get(table)?.delete(key)
      else tables.get(table)?.set(key, typeof value === 'number' ? value : Number(Object(value).n))
    }
  }
  await open.close()
  /** @param {string} table */
  const numbers = (table) => [...(tables.get(table)?.values() ?? [])].sort((a, b) => a - b)
  const rows = new Map(['base', 'op'].map((table) => [table, numbers(table)]))
  return { head, count: tables.get('meta')?.get('count') ?? 0, rows }
}

/**
 * @param {string} directory
 * @param {number} acknowledged the newest number the writer said
 * @returns {Promise<Verdict>}
 */
export async function judge(directory, acknowledged) {
  const { head, count, rows } = await read(directory)
  const expected = numbersAfter(head)
  let [missing, extra] = [0, 0]
  for (const numbers of rows.values()) {
    missing += expected.filter((n) => !numbers.includes(n)).length
    extra += numbers.length - new Set(numbers.filter((n) => expected.includes(n))).size
  }
  return {
    head,
    lost: Math.max(0, acknowledged - head),
    torn: missing + Number(count !== head),
    // One commit may be down and not yet said.
    doubled: extra + Math.max(0, head - acknowledged - 1),
  }
}
