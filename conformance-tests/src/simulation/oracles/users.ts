import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** Whose the record of a key is: its id begins with the name. */
const ownerOf = (key: string): string => key.slice(key.indexOf('/') + 1, key.indexOf('-'))

/** I11: what is let in names the user whose credentials it came with, and changes rows of that user only. */
export function requestsAreOfTheirUser({ facts, world }: Story): readonly Violation[] {
  const requests = facts.flatMap((fact) => {
    if (fact.kind !== 'served' || fact.refusal !== undefined || fact.named === fact.owner) return []
    return [
      {
        invariant: 'I11',
        what: `a ${fact.what} of ${fact.tab} for "${fact.named}" came with the credentials of "${fact.owner}"`,
      },
    ]
  })
  const effects = (world.site.effects ?? []).flatMap(({ opId, by, user, collection, id }) => {
    if (opId === undefined || (by === user && ownerOf(`${collection}/${id}`) === user)) return []
    return [{ invariant: 'I11', what: `"${by}" changed ${collection}/${id} of "${user}"` }]
  })
  return [...requests, ...effects]
}

/** I9 and I11: what lies in a user's namespace is that user's. */
export function restsWithItsUser({ rest }: Story): readonly Violation[] {
  return rest.flatMap(({ device, user, base, operations }) => {
    const others = [...base.keys(), ...operations.keys()].filter((key) => ownerOf(key) !== user)
    return others.map((key) => ({ invariant: 'I11', what: `${device} keeps ${key} among the data of "${user}"` }))
  })
}
