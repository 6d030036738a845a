import type { Conflict, Json, Status } from '@rowkeep/kernel'
import type { Collection, Row } from '../devices/app.ts'
import type { DeviceFact } from '../devices/facts.ts'
import type { SiteFact } from '../servers/facts.ts'
import type { Loop } from '../time/loop.ts'

/** What a write did, in the words of the history. */
export interface Written {
  readonly collection: Collection
  readonly id: string
  readonly kind: 'create' | 'update' | 'delete'
  /** The fields it set, but for `tags`. */
  readonly fields: Partial<Row>
  /** The word it appended to the record's tags; only the device that the record belongs to does. */
  readonly tag?: string
  /** The title that the record must have for it, here and at the backend. Absent: whatever it has. */
  readonly where?: string
}

/** One thing that happened, as an onlooker saw it. */
export type Fact =
  | DeviceFact
  | SiteFact
  | {
      readonly kind: 'shown'
      readonly tab: string
      readonly user: string
      readonly collection: Collection
      readonly rows: readonly Row[]
    }
  /** How the client says it stands. */
  | { readonly kind: 'status'; readonly tab: string; readonly user: string; readonly status: Status }
  /** The app is about to ask for a write: it may take effect, and be there after a crash, without ever being accepted. */
  | {
      readonly kind: 'begun'
      readonly tab: string
      readonly user: string
      readonly step: number
      readonly write: Written
    }
  | {
      readonly kind: 'accepted'
      readonly tab: string
      readonly user: string
      readonly step: number
      readonly write: Written
    }
  | {
      readonly kind: 'refused'
      readonly tab: string
      readonly user: string
      readonly step: number
      readonly error: unknown
    }
  /** A resolver was asked. */
  | {
      readonly kind: 'asked'
      readonly tab: string
      readonly collection: Collection
      readonly conflict: Conflict<Row>
      readonly answer: string
    }
  | { readonly kind: 'startFailed'; readonly tab: string; readonly error: unknown }
  | {
      readonly kind: 'requested'
      readonly tab: string
      readonly user: string
      readonly what: string
      /** When the tab sent it, ms; the fact is told when it has the answer, or knows that there will be none. */
      readonly sentAt: number
      readonly failed: boolean
      /** For so long the tab was asked not to come again, ms. Absent: it was not. */
      readonly retryAfterMs?: number
    }
  /** A request had no answer, and was not given up when it was time to. */
  | { readonly kind: 'hung'; readonly tab: string; readonly what: string; readonly sentAt: number }
  | { readonly kind: 'died'; readonly device: string; readonly how: 'crash' | 'power'; readonly lostCommits: number }
  /** Of what a user's namespace held something is not there any more, by no fault of the app. */
  | {
      readonly kind: 'forgotten'
      readonly device: string
      readonly user: string
      readonly how: 'power' | 'eviction' | 'damage'
      /** So many of the newest commits; all of them for `eviction`, none for `damage`. */
      readonly commits: number
      /** The operations that are gone, as they lay there. */
      readonly operations: readonly Json[]
    }

/** A fact, and when it happened, ms. */
export type Told = Fact & { readonly at: number }

/** What happened, in order, and how often each fault struck. */
export class Diary {
  readonly facts: Told[] = []
  /** By name how often. */
  readonly counts: Map<string, number> = new Map()
  /** Called with every fact. */
  heard: (fact: Fact) => void = () => {}
  readonly #loop: Loop

  constructor(loop: Loop) {
    this.#loop = loop
  }

  tell(fact: Fact): void {
    this.#loop.note(fact.kind, fact)
    this.facts.push({ ...fact, at: this.#loop.now })
    this.heard(fact)
  }

  count(what: string): void {
    this.#loop.note(what)
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}
