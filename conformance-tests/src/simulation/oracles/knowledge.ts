import type { Row } from '../devices/app.ts'
import type { Told } from './diary.ts'

type Pulled = Extract<Told, { readonly kind: 'pulled' }>

/** What one tab was told of one collection. */
interface Known {
  /** When the run was begun that goes on, or was the last; `undefined`: by somebody else. */
  readonly begunAt: number | undefined
  readonly goesOn: boolean
  /** Everything that the backend had then is here; `undefined`: nobody knows. */
  readonly wholeAt: number | undefined
}

const nothing: Known = { begunAt: undefined, goesOn: false, wholeAt: undefined }

function after(known: Known, { sentAt, begins, page, more }: Pulled): Known {
  const isFirst = begins || !known.goesOn
  const isOwn = begins || page === 'delta'
  const begunAt = isFirst ? (isOwn ? sentAt : undefined) : known.begunAt
  // A change feed tells at its end whatever changed while it was read; of a listing only what was there at its start is sure.
  if (more) return { ...known, begunAt, goesOn: true }
  return { begunAt, goesOn: false, wholeAt: page === 'delta' ? sentAt : begunAt }
}

/** Follows what each tab was told by the backend, and what it shows. */
export class Knowledge {
  readonly #known = new Map<string, Known>()
  readonly #shown = new Map<string, ReadonlyMap<string, Row>>()

  take(fact: Told): void {
    if (fact.kind === 'shown') {
      this.#shown.set(`${fact.tab} ${fact.user} ${fact.collection}`, new Map(fact.rows.map((row) => [row.id, row])))
    } else if (fact.kind === 'pulled' && fact.page !== 'expired') {
      for (const collection of fact.collections) {
        const name = `${fact.tab} ${fact.user} ${collection}`
        this.#known.set(name, after(this.#known.get(name) ?? nothing, fact))
      }
    }
  }

  /** Everything that the backend had then of a collection is here; `undefined`: nobody knows. */
  wholeAt(tab: string, user: string, collection: string): number | undefined {
    return this.#known.get(`${tab} ${user} ${collection}`)?.wholeAt
  }

  /** What is shown of a collection, by id; `undefined`: nothing yet. */
  shown(tab: string, user: string, collection: string): ReadonlyMap<string, Row> | undefined {
    return this.#shown.get(`${tab} ${user} ${collection}`)
  }
}
