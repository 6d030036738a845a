import { patientFor, type Within } from '../patience.ts'

/** For 30 s: the first answer of an embedded database takes seconds. */
export const within: Within = patientFor(30_000)
