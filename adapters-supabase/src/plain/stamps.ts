/** A moment as the server wrote it, in one form: `2026-01-01T00:00:00.123456+00:00`, 32 characters, so that text order is time order. */
export type Stamp = string

const form = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d(?::?\d\d)?)?$/

/** Minutes east of UTC. */
function minutesOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3).replace(':', ''))
  return zone.startsWith('-') ? -minutes : minutes
}

/**
 * A `timestamptz` as PostgREST, `to_json` or `::text` write it: `T` or a blank, any zone, zeros left out at the end. A
 * `timestamp` without a zone counts as UTC. `undefined`: anything else, `infinity` and years beyond 9999 too.
 */
export function stampOf(value: unknown): Stamp | undefined {
  const parts = typeof value === 'string' ? form.exec(value) : null
  if (!parts) return undefined
  const [year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = parts.slice(1)
  const shift = zone === 'Z' ? 0 : minutesOf(zone)
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - shift * 60_000
  return Number.isNaN(ms) ? undefined : stampAt(ms, fraction.padEnd(6, '0'))
}

const lastMs = Date.parse('9999-12-31T23:59:59Z')

function stampAt(ms: number, micros: string): Stamp | undefined {
  if (ms < 0 || ms > lastMs) return undefined
  return `${new Date(ms).toISOString().slice(0, 19)}.${micros}+00:00`
}

/** The stamp so many whole milliseconds earlier, at the earliest the beginning of 1970. */
export function earlier(stamp: Stamp, ms: number): Stamp {
  const micros = stamp.slice(20, 26)
  const at = Date.parse(`${stamp.slice(0, 23)}Z`) - ms
  const whole = Math.max(0, at)
  return `${new Date(whole).toISOString().slice(0, 23)}${micros.slice(3)}+00:00`
}
