import { patientFor, type Within } from '../patience.ts'

/** How long any one thing here may take, ms. SDKs that try again wait some seconds in between. */
export const patienceMs = 20_000

/** For {@link patienceMs}. */
export const within: Within = patientFor(patienceMs)
