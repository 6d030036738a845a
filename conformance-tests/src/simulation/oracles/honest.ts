import type { Told } from './diary.ts'
import { Knowledge } from './knowledge.ts'
import { type Field, fields, textIn } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

type Stood = Extract<Told, { readonly kind: 'status' }>

/** I16: who says `synced` has nothing to send, may read everything, and knows of no trouble. */
export function syncedMeansNothingWaits({ facts }: Story): readonly Violation[] {
  return facts.flatMap((fact) => {
    if (fact.kind !== 'status' || fact.status.state !== 'synced') return []
    const { pending, forbidden, error } = fact.status
    if (pending === 0 && forbidden.length === 0 && !error) return []
    const what = `${fact.tab} said synced with ${pending} pending, ${forbidden.length} forbidden, and ${error?.code}`
    return [{ invariant: 'I16', what }]
  })
}

/** Whether a field is shown as it was at an instant, or newer. */
function isAsNew({ registers }: Story, key: string, field: Field, here: string, instant: number, now: number): boolean {
  const puts = registers.of(key, field)
  const there = puts.findLast(({ at }) => at < instant)
  if (!there || here === there.value) return true
  return puts.some(({ version, at, value }) => version > there.version && at <= now && value === here)
}

/** Whether a record was out of its user's scope between two instants, or nobody can tell because the backend went back. */
function wasOut({ facts, returns }: Story, key: string, from: number, to: number): boolean {
  let isOut = false
  for (const fact of facts) {
    if (fact.at > to) break
    if ((fact.kind !== 'left' && fact.kind !== 'returned') || `${fact.collection}/${fact.id}` !== key) continue
    if (returns.length > 0 || (isOut && fact.at >= from)) return true
    isOut = fact.kind === 'left'
  }
  return isOut
}

/** Records that are shown in an older version than there was when the tab asked last. */
function behind(story: Story, knowledge: Knowledge, { tab, user, at }: Stood): readonly string[] {
  return story.keys.filter((key) => {
    const place = key.indexOf('/')
    const [collection, id] = [key.slice(0, place), key.slice(place + 1)]
    const wholeAt = knowledge.wholeAt(tab, user, collection)
    const rows = knowledge.shown(tab, user, collection)
    if (!id.startsWith(`${user}-`) || wholeAt === undefined || !rows) return false
    if (wasOut(story, key, wholeAt, at)) return false
    // What the device writes in that very instant is on top of it, also where the store has had it for longer.
    const isNow = ({ begunAt, accepted = -1 }: Wrote): boolean => begunAt === at || story.facts[accepted]?.at === at
    if (story.writesOf(deviceOf(tab), key).some(isNow)) return false
    return !fields.every((field) => isAsNew(story, key, field, textIn(rows.get(id), field), wholeAt, at))
  })
}

/** I16: who says `synced` shows everything that was there when it asked last. */
export function syncedMeansAllIsHere(story: Story): readonly Violation[] {
  const { site, diary } = story.world
  // What is not committed yet holds back what was committed after it.
  if (!site.promises.complete || diary.counts.has('slowCommit') || diary.counts.has('slowestCommit')) return []
  const knowledge = new Knowledge()
  let open: readonly Stood[] = []
  return story.facts.flatMap((fact) => {
    // What is shown may come after the status, out of what led to both.
    const due = open.filter(({ at }) => at < fact.at)
    if (due.length > 0) open = open.filter(({ at }) => at >= fact.at)
    const found = due.flatMap((stood) => {
      const keys = behind(story, knowledge, stood)
      if (keys.length === 0) return []
      return [{ invariant: 'I16', what: `${stood.tab} said synced at ${stood.at} ms, and was behind in ${keys}` }]
    })
    knowledge.take(fact)
    // What is taken away in the very instant was there when it was said.
    if (fact.kind === 'switching') open = open.filter(({ tab }) => tab !== fact.tab)
    if (fact.kind === 'clearing') open = open.filter(({ tab }) => deviceOf(tab) !== fact.device)
    // What waits for a person shows the local side.
    if (fact.kind === 'status' && fact.status.state === 'synced' && fact.status.writes.parked === 0)
      open = [...open, fact]
    return found
  })
}
