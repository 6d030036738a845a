import { type Field, fields, gone, isReference, keyOf, tagsIn } from './registers.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** Every word that an app wrote, with the record. */
const wordsOf = ({ writes, facts }: Story): ReadonlySet<string> =>
  new Set([
    ...writes.flatMap(({ key, write: { fields: set, tag } }) => [`${key} ${set.title}`, `${key} ${tag}`]),
    ...facts.flatMap((fact) => (fact.kind === 'resolved' ? `${keyOf(fact.collection, fact.id)} ${fact.word}` : [])),
  ])

/** Whether somebody else put the word there, so that a device may write it again with the rest of a record. */
const isOfOthers = ({ registers }: Story, key: string, field: Field, word: string): boolean =>
  registers.of(key, field).some(({ value, effect }) => effect && !effect.opId && tagsIn(value).includes(word))

/** I14: every value at the backend that came from a device is, to the letter, one that an app wrote. */
export function valuesArriveUnchanged(story: Story): readonly Violation[] {
  const words = wordsOf(story)
  const isStrange = (key: string, field: Field, word: string): boolean =>
    !words.has(`${key} ${word}`) && !isReference(key, word) && !isOfOthers(story, key, field, word)
  return story.keys.flatMap((key) =>
    fields.flatMap((field) =>
      story.registers.of(key, field).flatMap(({ value, effect, at }) => {
        if (effect?.opId === undefined || value === gone) return []
        const strange = tagsIn(value).find((word) => isStrange(key, field, word))
        if (strange === undefined) return []
        return [{ invariant: 'I14', what: `nobody wrote "${strange}", which was put into ${key} at ${at} ms` }]
      }),
    ),
  )
}
