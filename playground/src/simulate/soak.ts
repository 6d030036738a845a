import { Crew } from './crew.ts'
import { figuresOf } from './figures.ts'
import type { Options } from './options.ts'

/** More of the heap than this left over by a history is a leak, bytes: less than the smallest thing that one could forget. */
const leakBytes = 100

/** A measure: after so many histories so many bytes. */
export type Point = readonly [histories: number, bytes: number]

/** How steeply the points rise, bytes per history: the line with the least squared distances (Legendre, 1805). */
export function slopeOf(points: readonly Point[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const rise = points.reduce((sum, [histories, bytes]) => sum + (histories - x) * (bytes - y), 0)
  const run = points.reduce((sum, [histories]) => sum + (histories - x) ** 2, 0)
  return run === 0 ? 0 : rise / run
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(2)

/** Until then code is compiled and caches fill. */
const warmHistories = 1_000

/** What is left of the points when all is warm. */
function warm(points: readonly Point[]): readonly Point[] {
  const from = Math.max(warmHistories, (points.at(-1)?.[0] ?? 0) / 3)
  return points.filter(([histories]) => histories >= from)
}

/** Of fewer points no slope is told: each of them is a little off. */
const fewest = 20

/** How a soak is told, and ended. */
export interface SoakTelling {
  write(line: string): void
  /** Where it is; the next one covers it. `undefined`: nobody watches, and a line a minute is written instead. */
  readonly tell: ((line: string) => void) | undefined
  /** Whether somebody wants it to end. */
  stopped(): boolean
}

/** Calls `write` at most once a minute. */
function minutely(write: (line: string) => void): (line: string, seconds: number) => void {
  let minutes = 0
  return (line, seconds) => {
    if (seconds < 60 * (minutes + 1)) return
    minutes = Math.floor(seconds / 60)
    write(`${minutes} min: ${line}`)
  }
}

/** What the points say, as a line. */
export function slopeLine(name: string, points: readonly Point[]): string {
  const rest = warm(points)
  const end = `${name}: ${mb(points.at(-1)?.[1] ?? 0)} MB at the end`
  if (rest.length < fewest) return `${end}, too few histories to say how it goes on`
  const [first, last] = [rest[0]?.[0] ?? 0, rest.at(-1)?.[0] ?? 0]
  // Bytes per history are kB per thousand of them.
  const slope = slopeOf(rest).toFixed(1)
  return `${end}, ${slope} kB per 1 000 histories from history ${first} to ${last}`
}

/** Whether what histories leave behind goes on growing. */
export const isLeak = (points: readonly Point[]): boolean =>
  warm(points).length >= fewest && slopeOf(warm(points)) > leakBytes

/** Runs histories for so long on one thread and holds that its heap does not grow; the result is the exit code. */
export async function soak(
  { seed, profile, twice }: Options,
  minutes: number,
  { write, tell, stopped }: SoakTelling,
): Promise<number> {
  const crew = new Crew(1)
  const [heap, rss]: [Point[], Point[]] = [[], []]
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1_000
  const eachMinute = minutely(write)
  try {
    write(`histories from ${seed} on, for ${minutes} minutes, on one thread`)
    const range = { from: seed, count: Number.MAX_SAFE_INTEGER / 2, profile, twice }
    const tally = await crew.run(
      range,
      ({ histories, broken }, { heapBytes = 0 }) => {
        heap.push([histories, heapBytes])
        rss.push([histories, process.memoryUsage.rss()])
        const line = `${histories} histories, ${broken.length} with violations, heap ${mb(heapBytes)} MB`
        if (tell) tell(line)
        else eachMinute(line, seconds())
        return !stopped() && seconds() < minutes * 60
      },
      true,
    )
    tell?.('')
    for (const line of figuresOf(tally, seconds(), 1)) write(line)
    for (const [name, points] of [['heap', heap] as const, ['rss', rss] as const]) write(slopeLine(name, points))
    const leaks = isLeak(heap)
    if (leaks) write(`the heap grows by more than ${leakBytes} bytes a history`)
    for (const { history } of tally.broken) write(`violation: npm run simulate -- --seed ${history.seed} --histories 1`)
    if (leaks || tally.broken.length > 0) return 1
    return stopped() ? 130 : 0
  } finally {
    await crew.close()
  }
}
