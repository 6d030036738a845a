import type { Tally } from '@rowkeep/conformance-tests/simulation'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const days = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const dayMs = 86_400_000

/** The figures of a run that took so long on so many threads, as lines. */
export function figuresOf(tally: Tally, seconds: number, workers: number): readonly string[] {
  const { histories, events, requests, lifeMs, trace, broken } = tally
  const rate = histories / seconds
  return [
    `${whole.format(histories)} histories, ${broken.length} with violations, in ${days.format(seconds)} s`,
    `${whole.format(rate)} histories per second on ${workers} threads, ${whole.format(rate / workers)} on each`,
    `${days.format(lifeMs / dayMs)} days of life, ${whole.format(events)} events, ${whole.format(requests)} requests`,
    `trace ${trace.toString(16).padStart(8, '0')}`,
  ]
}
