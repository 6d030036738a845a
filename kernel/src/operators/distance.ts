import type { Json } from '../env/json.ts'
import { valueAt } from '../model/compare.ts'

/** What `near` takes: a place in degrees (WGS 84), and how far from it, metres. */
interface Around {
  readonly lat: number
  readonly lng: number
  readonly withinMeters: number
}

/** Mean radius of the Earth, metres (IUGG). */
const radius = 6_371_009

const toRadians = (degrees: number): number => (degrees * Math.PI) / 180
const haversine = (degrees: number): number => Math.sin(toRadians(degrees) / 2) ** 2

/**
 * Whether a place `{ lat, lng }` is within a distance, on a sphere (haversine formula, Sinnott 1984: at most 0.6 % off the
 * ellipsoid). False for anything that is no place.
 */
export function isNear(place: Json, around: Json): boolean {
  const { lat, lng, withinMeters } = around as unknown as Around
  const [north, east] = [valueAt(place, 'lat'), valueAt(place, 'lng')]
  if (typeof north !== 'number' || typeof east !== 'number') return false
  const cosines = Math.cos(toRadians(north)) * Math.cos(toRadians(lat))
  const chord = haversine(north - lat) + cosines * haversine(east - lng)
  return 2 * radius * Math.asin(Math.min(1, Math.sqrt(chord))) <= withinMeters
}
