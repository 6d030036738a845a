// What an app for browsers finds there and Node 20 lacks: IndexedDB, and Web Locks within this process.
import 'fake-indexeddb/auto'

/** By name: what is held, and who waits. */
const locks = new Map()

function lockOf(name) {
  const lock = locks.get(name) ?? { held: [], waiting: [] }
  locks.set(name, lock)
  return lock
}

const fits = ({ held }, mode) => held.length === 0 || (mode === 'shared' && held.every((one) => one === 'shared'))

function admit(lock) {
  while (lock.waiting.length > 0 && fits(lock, lock.waiting[0].mode)) {
    const { mode, go } = lock.waiting.shift()
    lock.held.push(mode)
    go()
  }
}

async function request(name, { mode = 'exclusive', ifAvailable = false } = {}, body) {
  const lock = lockOf(name)
  if (ifAvailable && (lock.waiting.length > 0 || !fits(lock, mode))) return body(null)
  await new Promise((resolve) => {
    lock.waiting.push({ mode, go: resolve })
    admit(lock)
  })
  try {
    return await body({ name, mode })
  } finally {
    lock.held.splice(lock.held.indexOf(mode), 1)
    admit(lock)
  }
}

Object.defineProperty(globalThis, 'navigator', { value: { locks: { request }, onLine: true } })
