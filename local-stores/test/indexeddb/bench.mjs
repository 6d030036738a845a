// Why rows are kept in chunks: writing and reading 10 000 rows in Chromium, and changing one of them, in three layouts.
// `node local-stores/test/indexeddb/bench.mjs [rounds]`; medians, and how many times as long as the layout of the store.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { chromium } from 'playwright'

const rounds = Number(process.argv[2] ?? 7)

/** Runs in the page. */
async function measure(round) {
  const rows = Array.from({ length: 10_000 }, (_, n) => ({
    key: `todos/${crypto.randomUUID()}`,
    value: {
      id: n,
      title: `The title of row ${n}`,
      done: n % 2 === 0,
      owner: 'ada',
      rank: n * 7,
      tags: ['a', 'b'],
      note: null,
    },
  }))
  const line = ({ key, value }) => `${key}\t${JSON.stringify(value)}\n`
  const chunks = Array.from({ length: 100 }, (_, n) => rows.slice(n * 100, n * 100 + 100))
  const opened = (name) =>
    new Promise((resolve, reject) => {
      const request = indexedDB.open(name, 1)
      request.onupgradeneeded = () => request.result.createObjectStore('rows')
      request.onsuccess = () => resolve(request.result)
      request.onerror = () => reject(request.error)
    })
  const within = (db, mode, work) =>
    new Promise((resolve, reject) => {
      const tx = db.transaction('rows', mode)
      const request = work(tx.objectStore('rows'))
      tx.commit()
      tx.oncomplete = () => resolve(request?.result)
      tx.onabort = () => reject(tx.error)
    })
  const decode = (chunk) =>
    chunk
      .split('\n')
      .filter(Boolean)
      .map((text) => JSON.parse(text.slice(text.indexOf('\t') + 1)))
  const layouts = {
    'a row a record': {
      write: (store) => rows.forEach(({ key, value }) => void store.put(value, key)),
      change: (store) => store.put(rows[77].value, rows[77].key),
      decode: (values) => values,
    },
    'chunks assigned by key, rewritten': {
      write: (store) => chunks.forEach((chunk, n) => void store.put(chunk.map(line).join(''), n)),
      change: (store) => {
        store.get(0).onsuccess = () => store.put(chunks[0].map(line).join(''), 0)
      },
      decode: (values) => values.flatMap(decode),
    },
    'chunks appended (this store)': {
      write: (store) => chunks.forEach((chunk, n) => void store.put(chunk.map(line).join(''), [1, n])),
      change: (store) => store.put(line(rows[77]), [2 + Math.random(), 0]),
      decode: (values) => values.flatMap(decode),
    },
  }
  const timed = async (work) => {
    const start = performance.now()
    await work()
    return performance.now() - start
  }
  const result = {}
  const order = Object.entries(layouts)
  // Whoever comes first pays for what the browser does once.
  order.push(...order.splice(0, round % order.length))
  for (const [name, { write, change, decode: read }] of order) {
    const place = crypto.randomUUID()
    const db = await opened(place)
    const written = await timed(() => within(db, 'readwrite', (store) => write(store)))
    const loaded = await timed(async () => read(await within(db, 'readonly', (store) => store.getAll())))
    const changed = await timed(async () => {
      for (let n = 0; n < 100; n += 1) {
        await new Promise((resolve, reject) => {
          const tx = db.transaction('rows', 'readwrite')
          change(tx.objectStore('rows'))
          tx.oncomplete = resolve
          tx.onabort = () => reject(tx.error)
        })
      }
    })
    db.close()
    await new Promise((resolve) => {
      indexedDB.deleteDatabase(place).onsuccess = resolve
    })
    result[name] = [written, loaded, changed / 100]
  }
  return result
}

const places = [process.env.CHROMIUM_PATH, '/usr/bin/chromium', chromium.executablePath()]
const executablePath = places.find((place) => place !== undefined && existsSync(place))
const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'))
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const browser = await chromium.launch({ executablePath })
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  const runs = []
  for (let round = 0; round < rounds; round += 1) runs.push(await page.evaluate(measure, round))
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
  const own = 'chunks appended (this store)'
  const of = (name, what) => median(runs.map((run) => run[name][what]))
  for (const name of Object.keys(runs[0])) {
    const told = ['write 10 000', 'read 10 000', 'change one'].map(
      (what, at) => `${what} ${of(name, at).toFixed(2)} ms (${(of(name, at) / of(own, at)).toFixed(1)})`,
    )
    console.log(`${name.padEnd(36)} ${told.join('   ')}`)
  }
} finally {
  await browser.close()
  server.close()
}
