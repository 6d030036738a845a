import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** I4: the id of an operation that reached the backend names one payload for ever, whatever was said to it. */
export const idsNameOnePayload = ({ facts }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'idReused'
      ? [{ invariant: 'I4', what: `operation ${fact.opId} was ${fact.before} and is ${fact.payload}` }]
      : [],
  )
