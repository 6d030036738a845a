/** What both clients keep: the model `Note` of the double, as an app of either sees it. */
export interface Note {
  readonly id: string
  readonly title: string
  readonly done: boolean
  readonly n: number
  readonly tags: readonly string[]
}

/** A whole note, so that no client has to decide what an absent field is. */
export const noteFields = (title: string): Omit<Note, 'id'> => ({ title, done: false, n: 1, tags: ['a'] })
