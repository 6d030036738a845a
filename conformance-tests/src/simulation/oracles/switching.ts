import type { Row } from '../devices/app.ts'
import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** Whose the record is: its id begins with the name. */
const ownerOf = ({ id }: Row): string => id.slice(0, id.indexOf('-'))

/** I11: an app shows the records of the one who is signed in, and while users are switched those of one at a time. */
export function oneUserAtATime({ facts }: Story): readonly Violation[] {
  return facts.flatMap((fact) => {
    if (fact.kind !== 'shown' && fact.kind !== 'shownBetween') return []
    const [first] = fact.rows
    if (!first) return []
    const user = fact.kind === 'shown' ? fact.user : ownerOf(first)
    const others = fact.rows.filter((row) => ownerOf(row) !== user)
    if (others.length === 0) return []
    const ids = others.map(({ id }) => id).join(', ')
    return [{ invariant: 'I11', what: `${fact.tab} shows ${ids} of ${fact.collection} to "${user}"` }]
  })
}
