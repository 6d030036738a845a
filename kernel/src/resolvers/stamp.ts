import type { Json } from '../env/json.ts'

/** A moment that can be compared with others: milliseconds, then what orders events within one. */
export interface Stamp {
  readonly ms: number
  readonly count: number
  /** Who made it; empty where it does not say. */
  readonly node: string
}

const hybrid = /^([0-9a-f]{12})-([0-9a-f]{4})-([0-9a-f]{16})$/
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:[.,](\d{1,9}))?)?(?:Z|[+-]\d\d:\d\d)$/

/** A stamp as text of fixed width, so that later is greater, for people and indexes too. */
export const stampText = ({ ms, count, node }: Stamp): string =>
  `${ms.toString(16).padStart(12, '0')}-${count.toString(16).padStart(4, '0')}-${node}`

/**
 * Reads a stamp: text of a hybrid clock, ISO 8601 text with its zone (RFC 3339), or milliseconds since the epoch. `undefined`:
 * it is none of them.
 */
export function readStamp(value: Json | undefined): Stamp | undefined {
  if (typeof value === 'number') return value >= 0 ? { ms: value, count: 0, node: '' } : undefined
  if (typeof value !== 'string') return undefined
  const [, ms, count, node] = hybrid.exec(value) ?? []
  if (ms && count && node) return { ms: Number.parseInt(ms, 16), count: Number.parseInt(count, 16), node }
  const dated = iso.exec(value)
  // oxlint-disable-next-line no-restricted-globals -- a calculation: the time is in the text
  const time = dated ? Date.parse(value.replace(',', '.')) : Number.NaN
  // Digits beyond the milliseconds order what happened within one.
  return time >= 0 ? { ms: time, count: Number((dated?.[1] ?? '').slice(3).padEnd(6, '0')), node: '' } : undefined
}

/** Order of two stamps; negative: `a` is earlier. No stamp is earlier than any. */
export function compareStamps(a: Stamp | undefined, b: Stamp | undefined): number {
  if (!a || !b) return Number(!!a) - Number(!!b)
  if (a.node === b.node || a.ms !== b.ms || a.count !== b.count) return a.ms - b.ms || a.count - b.count
  return a.node < b.node ? -1 : 1
}
