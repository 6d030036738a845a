/** Numbers in [0, 1), each decided by its key alone: taking one away moves no other. */
export type Chance = (...key: readonly (string | number)[]) => number

const offset = 0x811c9dc5
const prime = 0x01000193

/** FNV-1a over UTF-16 code units (Fowler, Noll, Vo), going on from `from`; 32 bits. */
export function hashOf(text: string, from: number = offset): number {
  let hash = from
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), prime)
  return hash >>> 0
}

/** Spreads every bit over all others (the finaliser of MurmurHash3, A. Appleby). */
function mixed(hash: number): number {
  let value = hash
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

/** The chance of one history. */
export function chanceOf(seed: number): Chance {
  const start = mixed((seed ^ offset) >>> 0)
  return (...key) => {
    let hash = start
    for (const part of key) hash = Math.imul(hashOf(typeof part === 'number' ? String(part) : part, hash) ^ 0x2f, prime)
    return mixed(hash) / 2 ** 32
  }
}

/** One of `from`, by a number in [0, 1). */
export function pick<T>(from: readonly T[], by: number): T {
  return from[Math.floor(by * from.length)] as T
}
