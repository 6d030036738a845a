import { isReference, keyOf } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

/** Whether the device has shown the word in the record before a fact. */
const hasShown = (
  { facts }: Story,
  { device, write: { collection, id } }: Wrote,
  word: string,
  until: number,
): boolean =>
  facts.some(
    (fact, number) =>
      number < until &&
      (fact.kind === 'shown' || fact.kind === 'shownBetween') &&
      fact.collection === collection &&
      deviceOf(fact.tab) === device &&
      fact.rows.some((row) => row.id === id && row.title === word),
  )

/** Whether somebody on the device decided about the record until an instant, with the word on the other side. */
const wasAsked = ({ facts }: Story, { device, key }: Wrote, word: string, until: number): boolean =>
  facts.some((fact) => {
    if (fact.at > until) return false
    if (fact.kind === 'resolved') return deviceOf(fact.tab) === device && keyOf(fact.collection, fact.id) === key
    if (fact.kind === 'requeued')
      return deviceOf(fact.tab) === device && fact.records.some(({ collection, id }) => keyOf(collection, id) === key)
    if (fact.kind !== 'asked' || deviceOf(fact.tab) !== device) return false
    const { local, remote, base } = fact.conflict
    return keyOf(fact.collection, (local ?? remote ?? base)?.id ?? '') === key && remote?.title === word
  })

/**
 * Rule 8: where writes are for a version, nobody's word is overwritten by a device that has never shown it, unless its resolver or
 * a person there was asked about it.
 */
export function nothingIsOverwrittenUnasked(story: Story): readonly Violation[] {
  const { site, history } = story.world
  const { checked, exactlyOnce } = site.promises
  if (!checked || !exactlyOnce || history.setup.resolver === 'none' || story.returns.length > 0) return []
  // What a device has lost it shows no more.
  if (story.facts.some(({ kind }) => kind === 'forgotten' || kind === 'clearing')) return []
  return (site.effects ?? []).flatMap(({ opId, collection, id, before, after, at }) => {
    const key = keyOf(collection, id)
    const [there, word] = [before?.title, after?.title]
    if (opId === undefined || !there || !word || there === word || isReference(key, there)) return []
    const wrote = story.writes.find((one) => one.key === key && one.write.fields.title === word)
    if (wrote?.accepted === undefined) return []
    const isOwn = story.writesOf(wrote.device, key).some(({ write }) => write.fields.title === there)
    if (isOwn || hasShown(story, wrote, there, wrote.accepted) || wasAsked(story, wrote, there, at)) return []
    const what = `step ${wrote.step} of ${wrote.device} overwrote "${there}" in ${key} at ${at} ms, about which nobody was asked`
    return [{ invariant: 'I3', what }]
  })
}
