import type { Told } from './diary.ts'
import type { Story } from './story.ts'
import { textOf } from './text.ts'
import type { Violation } from './violation.ts'

/** How every token of the simulation begins. */
const token = 'token-of-'

/** What the app is told of an error. */
function errorIn(fact: Told): unknown {
  if (fact.kind === 'status') return fact.status.error
  return 'error' in fact ? fact.error : undefined
}

/** I14: no token is in an error that the app is told of, nor in anything that lies on a device. */
export async function tokensStayApart({ facts, world: { devices } }: Story): Promise<readonly Violation[]> {
  const told = facts.flatMap((fact) => {
    const error = errorIn(fact)
    if (!error || !JSON.stringify(error).includes(token)) return []
    return [
      { invariant: 'I14', what: `the error of a ${fact.kind} at ${fact.at} ms has a token in it: ${textOf(error)}` },
    ]
  })
  const resting = devices.map(async ({ name, place }) =>
    (await place.contents()).flatMap(({ user, entries }) =>
      entries.flatMap((entry) =>
        JSON.stringify(entry).includes(token)
          ? [{ invariant: 'I14', what: `${name} keeps a token among the data of "${user}": ${textOf(entry)}` }]
          : [],
      ),
    ),
  )
  return [...told, ...(await Promise.all(resting)).flat()]
}
