import { createsComeLate } from './late-creates.ts'
import { keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/**
 * Rule 8: an own echo is no conflict. Where a resend is known for one, no resolver is asked about a word that its own device wrote: a
 * write whose answer is missing is settled first.
 */
export function nobodyIsAskedAboutOwnWrites(story: Story): readonly Violation[] {
  const { facts, returns, world } = story
  if (!world.site.promises.exactlyOnce || returns.length > 0) return []
  // Who has lost what it had sent cannot know its own.
  if (facts.some(({ kind }) => kind === 'forgotten' || kind === 'clearing' || kind === 'switching')) return []
  return facts.flatMap((fact, number) => {
    if (fact.kind !== 'asked') return []
    const { local, remote, fields } = fact.conflict
    if (!remote?.title || !local?.title || !fields.includes('title')) return []
    const key = keyOf(fact.collection, remote.id)
    const own = story
      .writesOf(deviceOf(fact.tab), key)
      .find(({ write, begun }) => begun < number && write.fields.title === remote.title)
    // Also an edit that went with the create it was merged into.
    const put = story.registers.of(key, 'title').find(({ value }) => value === remote.title)
    const isCreated = own?.write.kind === 'create' || (put?.effect && !put.effect.before)
    if (!own || (isCreated && createsComeLate(world))) return []
    const what = `${fact.tab} was asked at ${fact.at} ms about "${remote.title}" in ${key}, which it wrote itself in step ${own.step}`
    return [{ invariant: 'I4', what }]
  })
}
