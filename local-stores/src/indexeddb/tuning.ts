/** When chunks are put in order, and how long changes are told one by one; tests make these small. */
export interface Tuning {
  /** So many chunks far from full are packed into full ones. */
  readonly packAt: number
  /** Below so many characters nobody looks for rows that are out of date. */
  readonly foldAt: number
  /** Of so many commits the log knows what they changed; a reader further behind gets everything. */
  readonly logged: number
}

/** What the store uses. */
export const usualTuning: Tuning = { packAt: 256, foldAt: 1_048_576, logged: 256 }
