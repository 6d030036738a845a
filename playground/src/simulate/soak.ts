import { Crew } from './crew.ts'
import { figuresOf } from './figures.ts'
import type { Options } from './options.ts'

/** More of the heap than this left over by a whole soak is a leak. */
const leakBytes = 4_000_000

/** A measure: at so many seconds so many bytes. */
export type Point = readonly [seconds: number, bytes: number]

/** How steeply the points rise, bytes per second: the line with the least squared distances (Legendre, 1805). */
export function slopeOf(points: readonly Point[]): number {
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const rise = points.reduce((sum, [seconds, bytes]) => sum + (seconds - x) * (bytes - y), 0)
  const run = points.reduce((sum, [seconds]) => sum + (seconds - x) ** 2, 0)
  return run === 0 ? 0 : rise / run
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(2)

/** What is left when the code has been compiled and the caches are full. */
const warm = (points: readonly Point[]): readonly Point[] => points.slice(Math.floor(points.length / 5))

/** Runs histories for so long on one thread and holds that its heap does not grow; the result is the exit code. */
export async function soak(
  { seed, profile, twice }: Options,
  minutes: number,
  write: (line: string) => void,
): Promise<number> {
  const crew = new Crew(1)
  const [heap, rss]: [Point[], Point[]] = [[], []]
  const began = performance.now()
  const seconds = (): number => (performance.now() - began) / 1_000
  try {
    const range = { from: seed, count: Number.MAX_SAFE_INTEGER / 2, profile, twice }
    const onPart = (_: unknown, { heapBytes = 0 }: { readonly heapBytes: number | undefined }): boolean => {
      heap.push([seconds(), heapBytes])
      rss.push([seconds(), process.memoryUsage.rss()])
      return seconds() < minutes * 60
    }
    const tally = await crew.run(range, onPart, true)
    for (const line of figuresOf(tally, seconds(), 1)) write(line)
    const lengthS = minutes * 60
    for (const [name, points] of [['heap', heap] as const, ['rss', rss] as const]) {
      const last = points.at(-1)?.[1] ?? 0
      write(`${name}: ${mb(last)} MB at the end, ${mb(slopeOf(warm(points)) * 3_600)} MB per hour`)
    }
    const grown = slopeOf(warm(heap)) * lengthS
    if (grown > leakBytes) write(`the heap grew by ${mb(grown)} MB`)
    for (const { history } of tally.broken) write(`violation: npm run simulate -- --seed ${history.seed} --histories 1`)
    return grown > leakBytes || tally.broken.length > 0 ? 1 : 0
  } finally {
    await crew.close()
  }
}
