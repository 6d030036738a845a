import type { QuarantinedWrite } from '@rowkeep/kernel/inbox'
import type { Note, Notes } from './device.ts'

/** One write that a device accepted. */
interface Entry {
  readonly id: string
  /** The title it gave; `null`: it deleted the record. */
  readonly title: string | null
}

/** Every write that a device accepted, in its order, and what the rows must be by them: kept beside the client, not by it. */
export interface Diary {
  readonly entries: readonly Entry[]
  create(id: string): Promise<void>
  edit(id: string): Promise<void>
  remove(id: string): Promise<void>
  /** A refused write was sent again: it comes last now. */
  again(write: Pick<QuarantinedWrite, 'recordId' | 'kind' | 'set'>): void
}

/** A diary of a device's notes. */
export function diaryOf(notes: Notes): Diary {
  const entries: Entry[] = []
  let count = 0
  const next = (id: string): string => {
    count += 1
    return `${id} by the device, ${count}`
  }
  return {
    entries,
    async create(id) {
      const title = next(id)
      await notes.create({ id, title, n: 0 })
      entries.push({ id, title })
    },
    async edit(id) {
      const title = next(id)
      await notes.update(id, { title } satisfies Partial<Note>)
      entries.push({ id, title })
    },
    async remove(id) {
      await notes.delete(id)
      entries.push({ id, title: null })
    },
    again({ recordId, kind, set }) {
      const title = kind === 'delete' ? null : String(set['title'])
      const at = entries.findIndex((entry) => entry.id === recordId && entry.title === title)
      entries.push(...entries.splice(at, 1))
    },
  }
}
