import { mostEvents } from '../time/loop.ts'
import type { Told } from './diary.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

const windowMs = 10_000

/** So many requests of one tab may fail within {@link windowMs}. */
const most = 40

/**
 * So many times may a tab begin anew within {@link windowMs}: with waits drawn from 0 to 200, 400, and so on up to 5 000 ms (full
 * jitter) one in 10^12 windows has more.
 */
const mostRounds = 26

type Requested = Told & Extract<Told, { readonly kind: 'requested' }>

/** Requests of one tab that fail; what is under way at the same time is one round. */
class Failures {
  #requests: number[] = []
  #rounds: number[] = []
  #roundEnds = 0

  note({ sentAt, at }: { readonly sentAt: number; readonly at: number }): boolean {
    this.#requests.push(sentAt)
    if (sentAt >= this.#roundEnds) {
      this.#rounds.push(sentAt)
      this.#roundEnds = at
    }
    const since = this.#requests.at(-1 - most)
    const began = this.#rounds.at(-1 - mostRounds)
    const last = this.#rounds.at(-1) ?? 0
    return (since !== undefined && sentAt - since <= windowMs) || (began !== undefined && last - began <= windowMs)
  }

  /** Who is asked to try at once begins anew. */
  forgive(): void {
    this.#rounds = []
    this.#requests = []
  }
}

function forgive(failures: ReadonlyMap<string, Failures>, device: string): void {
  for (const [tab, one] of failures) if (deviceOf(tab) === device) one.forgive()
}

/** Whether a request failed that is tried again because it did: a feed that is forbidden is looked at in every cycle. */
const isFailure = (fact: Told, forbidden: ReadonlySet<string>): fact is Requested =>
  fact.kind === 'requested' && fact.failed && !(fact.what === 'pull' && forbidden.has(fact.tab))

/** I12: what fails is tried again more and more slowly. */
export function triesAreBounded({ facts }: Story): readonly Violation[] {
  const failures = new Map<string, Failures>()
  const found = new Map<string, Violation>()
  /** Tabs whose last pull the server refused so. */
  const forbidden = new Set<string>()
  for (const fact of facts) {
    // What one tab is asked for may let all go on.
    if (fact.kind === 'called') forgive(failures, deviceOf(fact.tab))
    if (fact.kind === 'served' && fact.what === 'pull') {
      if (fact.refusal === 'SYNC_FORBIDDEN') forbidden.add(fact.tab)
      else forbidden.delete(fact.tab)
    }
    if (!isFailure(fact, forbidden)) continue
    const one = failures.get(fact.tab) ?? new Failures()
    failures.set(fact.tab, one)
    if (!one.note(fact)) continue
    const what = `too many requests of ${fact.tab} failed within ${windowMs} ms, until ${fact.at} ms`
    found.set(fact.tab, { invariant: 'I12', what })
  }
  return [...found.values()]
}

/** A caller that comes while others are served is served after them: so long before a wait it may have come, ms. */
const queuedMs = 10_000

/** I12: who is asked to come again after some time does not come sooner, but where the app asks for it. */
export function waitsAreKept({ facts, world: { site } }: Story): readonly Violation[] {
  if (!site.isDirect) return []
  const waits = facts.filter((fact): fact is Told & Requested => fact.kind === 'requested' && !!fact.retryAfterMs)
  if (waits.length === 0) return []
  const calls = facts.filter((fact) => fact.kind === 'called' || fact.kind === 'switching')
  return facts.flatMap((fact) => {
    if (fact.kind !== 'requested') return []
    const { tab, user, sentAt } = fact
    const wait = waits.find(
      ({ tab: asked, user: theirs, at, retryAfterMs = 0 }) =>
        asked === tab && theirs === user && at < sentAt && sentAt < at + retryAfterMs,
    )
    const isCalled = calls.some(
      (call) => deviceOf(call.tab) === deviceOf(tab) && call.at <= sentAt && call.at >= (wait?.at ?? 0) - queuedMs,
    )
    if (!wait || isCalled) return []
    const what = `${tab} was asked at ${wait.at} ms to wait ${wait.retryAfterMs} ms, and sent a ${fact.what} at ${sentAt} ms`
    return [{ invariant: 'I12', what }]
  })
}

/** I12: a request has a deadline. */
export const requestsEnd = ({ facts, world: { site } }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'hung' && site.isDirect
      ? [
          {
            invariant: 'I12',
            what: `a ${fact.what} of ${fact.tab}, sent at ${fact.sentAt} ms, goes on without an answer`,
          },
        ]
      : [],
  )

/** I12: everything ends: nobody goes round in circles, however little each round is. */
export const eventsAreBounded = ({ world: { loop } }: Story): readonly Violation[] =>
  loop.events < mostEvents ? [] : [{ invariant: 'I12', what: `${loop.events} events, and no end` }]
