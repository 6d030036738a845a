import type { Effect } from '../servers/site.ts'
import type { Told } from './diary.ts'
import { lateCopies } from './late-creates.ts'
import { isReference, keyOf, tagsIn, textIn } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

/** Whether a word of the row is the write's, or its number. */
const isOf = ({ after }: Effect, { write }: Wrote): boolean =>
  (write.fields.n !== undefined && write.fields.n === after?.n) ||
  (write.tag !== undefined && tagsIn(textIn(after, 'tags')).includes(write.tag)) ||
  (write.fields.title !== undefined && write.fields.title === after?.title)

/** Whether the app was shown that the record is gone when the write was decided on: a save makes it anew then. */
function wasGone({ facts }: Story, { tab, begun, accepted = facts.length, write }: Wrote): boolean {
  const shows = (fact: Told): fact is Told & { readonly kind: 'shown' } =>
    fact.kind === 'shown' && fact.tab === tab && fact.collection === write.collection
  const last = facts.findLast((fact, number) => number < begun && shows(fact))
  const all = [...(last ? [last] : []), ...facts.slice(begun, accepted)]
  return all.some((fact) => shows(fact) && !fact.rows.some(({ id }) => id === write.id))
}

/**
 * Whether the record only refers to another one, and was made as often as it came back, or somebody decided since it was deleted that
 * it lives on: it has no word of its own that would tell whose it is.
 */
function isReferring({ world: { site }, writes, facts }: Story, { collection, id, after, at }: Effect): boolean {
  const key = keyOf(collection, id)
  if (!isReference(key, textIn(after, 'title'))) return false
  const made = writes.filter((one) => one.key === key && one.write.kind === 'create' && one.begunAt <= at)
  const effects = (site.effects ?? []).filter((one) => one.id === id && one.collection === collection && one.at <= at)
  const births = effects.filter((one) => one.opId !== undefined && !one.before)
  const gone = effects.findLast((one) => !one.after)
  const isDecided = (device: string): boolean =>
    facts.some((fact) => fact.at >= (gone?.at ?? 0) && fact.at <= at && isRevived(fact, device, key))
  return births.length <= made.length || writes.some((one) => one.key === key && isDecided(one.device))
}

/** Whether the device of the write made the record anew, or decided that it lives on. */
function isWanted(story: Story, { device, key, begunAt }: Wrote, effect: Effect): boolean {
  const creates = story
    .writesOf(device, key)
    .filter((one) => one.begunAt <= effect.at && (one.write.kind === 'create' || wasGone(story, one)))
  const { registers } = story
  const isNew = creates.some(({ write }) => {
    const word = write.fields.title ?? write.tag ?? ''
    const field = write.fields.title === undefined ? 'tags' : 'title'
    return !registers.of(key, field).some((put) => put.at < effect.at && tagsIn(put.value).includes(word))
  })
  return isNew || story.facts.some((fact) => fact.at >= begunAt && fact.at <= effect.at && isRevived(fact, device, key))
}

/** Whether somebody on the device decided that the record lives on, or sends again what was refused. */
function isRevived(fact: Told, device: string, key: string): boolean {
  if (fact.kind !== 'asked' && fact.kind !== 'resolved' && fact.kind !== 'requeued') return false
  if (deviceOf(fact.tab) !== device) return false
  if ('records' in fact) return fact.records.some(({ collection, id }) => keyOf(collection, id) === key)
  if (fact.kind === 'resolved') return keyOf(fact.collection, fact.id) === key && /local|own/.test(fact.how)
  const { local, remote, base } = fact.conflict
  return keyOf(fact.collection, (local ?? remote ?? base)?.id ?? '') === key && fact.answer === 'local'
}

/** I8: a deleted record comes back only by being made anew, or by a decision. */
export function staysDeleted(story: Story): readonly Violation[] {
  const { site } = story.world
  // Without a trace of it a late copy of a create takes effect again.
  if (!site.promises.exactlyOnce || story.returns.length > 0) return []
  const lived = new Set<string>()
  const late = lateCopies(site)
  return (site.effects ?? []).flatMap((effect) => {
    const { collection, id, before, after, opId, at } = effect
    const key = keyOf(collection, id)
    const isRevival = !before && after && opId !== undefined && lived.has(key)
    lived.add(key)
    if (!isRevival || late.has(effect) || isReferring(story, effect)) return []
    // What a row comes back with may be of several devices: one of them wanted it.
    if (story.writes.some((one) => one.key === key && isOf(effect, one) && isWanted(story, one, effect))) return []
    return [{ invariant: 'I8', what: `${key} came back at ${at} ms` }]
  })
}
