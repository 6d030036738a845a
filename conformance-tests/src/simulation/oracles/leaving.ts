import { Knowledge } from './knowledge.ts'
import { keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** I9: who says `synced` shows no row that had left the user's scope when it asked last, unless a write of its own is on it. */
export function whatLeftIsNotShown(story: Story): readonly Violation[] {
  const { facts, world, returns } = story
  const { promises, effects = [] } = world.site
  if (!promises.evictions || !promises.complete || returns.length > 0) return []
  if (world.diary.counts.has('slowCommit') || world.diary.counts.has('slowestCommit')) return []
  const knowledge = new Knowledge()
  const left = new Map<string, number>()
  return facts.flatMap((fact) => {
    knowledge.take(fact)
    if (fact.kind === 'left') left.set(keyOf(fact.collection, fact.id), fact.at)
    if (fact.kind === 'returned') left.delete(keyOf(fact.collection, fact.id))
    if (fact.kind !== 'status' || fact.status.state !== 'synced' || fact.status.writes.parked > 0) return []
    const { tab, user, at } = fact
    return [...left].flatMap(([key, leftAt]) => {
      const [collection = '', id = ''] = key.split('/')
      const whole = knowledge.wholeAt(tab, user, collection)
      if (whole === undefined || whole <= leftAt || !knowledge.shown(tab, user, collection)?.has(id)) return []
      // What was written to it since is there again.
      const isWritten = effects.some((one) => keyOf(one.collection, one.id) === key && one.at >= leftAt)
      if (isWritten || story.writesOf(deviceOf(tab), key).some(({ begunAt }) => begunAt >= leftAt)) return []
      return [{ invariant: 'I9', what: `${tab} said synced at ${at} ms and shows ${key}, which left at ${leftAt} ms` }]
    })
  })
}
