import type { Json } from '@rowkeep/kernel'
import { someText } from '../json.ts'
import { Refusal } from './refusal.ts'

/** The body of a request. @throws Refusal `PGRST102` for what is no JSON to PostgREST, half of a character within it too */
export function parsedBody(text: string): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    throw new Refusal(400, 'PGRST102', 'Empty or invalid json')
  }
  if (someText(value, /\p{Surrogate}/u)) throw new Refusal(400, 'PGRST102', 'Empty or invalid json')
  return value
}
