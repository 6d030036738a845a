import type { Act, History } from '../history/history.ts'
import { unusualIn } from '../history/setup.ts'

const detailsOf = ({ do: _, ...details }: Act): string =>
  Object.entries(details)
    .map(([name, detail]) => ` ${name}=${typeof detail === 'string' ? detail : JSON.stringify(detail)}`)
    .join('')

/** A history as lines for people: how the world is, and what happens when. */
export function storyOf({ seed, profile, setup, faults, steps }: History): readonly string[] {
  const set = unusualIn(setup)
    .map(([field, one]) => `${field}=${one}`)
    .join(' ')
  const rates = Object.entries(faults).map(([name, rate]) => `${name}=${rate}`)
  let at = 0
  const happens = steps.map(({ id, afterMs, device, act }) => {
    at += afterMs
    return `${String(at).padStart(7)} ms  d${device}  ${act.do}${detailsOf(act)}  (step ${id})`
  })
  return [
    `seed ${seed}, profile ${profile}${set === '' ? '' : `, ${set}`}`,
    `faults: ${rates.length === 0 ? 'none' : rates.join(' ')}`,
    ...happens,
  ]
}
