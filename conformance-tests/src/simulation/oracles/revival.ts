import type { Effect } from '../servers/site.ts'
import { keyOf, tagsIn, textIn } from './registers.ts'
import type { Story, Wrote } from './story.ts'
import type { Violation } from './violation.ts'

/** Whether a word of the row is the write's. */
const isOf = ({ after }: Effect, { write }: Wrote): boolean =>
  (write.tag !== undefined && tagsIn(textIn(after, 'tags')).includes(write.tag)) ||
  (write.fields.title !== undefined && write.fields.title === after?.title)

/** Whether the device of the write made the record anew, or decided that it lives on. */
function isWanted(story: Story, { device, key, begunAt }: Wrote, effect: Effect): boolean {
  const creates = story
    .writesOf(device, key)
    .filter(({ write, begunAt: at }) => write.kind === 'create' && at <= effect.at)
  const { registers } = story
  const isNew = creates.some(({ write }) => {
    const word = write.fields.title ?? write.tag ?? ''
    const field = write.fields.title === undefined ? 'tags' : 'title'
    return !registers.of(key, field).some((put) => put.at < effect.at && tagsIn(put.value).includes(word))
  })
  return (
    isNew ||
    story.askedOf(device, key).some((number) => {
      const fact = story.facts[number]
      return fact?.kind === 'asked' && fact.at >= begunAt && fact.at <= effect.at && fact.answer === 'local'
    })
  )
}

/** I8: a deleted record comes back only by being made anew, or by a decision. */
export function staysDeleted(story: Story): readonly Violation[] {
  const { site } = story.world
  // Without a trace of it a late copy of a create takes effect again.
  if (!site.promises.exactlyOnce || story.returns.length > 0) return []
  const lived = new Set<string>()
  return (site.effects ?? []).flatMap((effect) => {
    const { collection, id, before, after, opId, at } = effect
    const key = keyOf(collection, id)
    const isRevival = !before && after && opId !== undefined && lived.has(key)
    lived.add(key)
    if (!isRevival) return []
    const wrote = story.writes.find((one) => one.key === key && isOf(effect, one))
    if (wrote && isWanted(story, wrote, effect)) return []
    return [{ invariant: 'I8', what: `${key} came back at ${at} ms` }]
  })
}
