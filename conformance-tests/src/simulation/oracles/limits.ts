import type { Story } from './story.ts'
import type { Violation } from './violation.ts'

/** I12: no request is larger, and no more of them are under way, than the backend has said it takes. */
export const limitsAreKept = ({ facts }: Story): readonly Violation[] =>
  facts.flatMap((fact) =>
    fact.kind === 'overLimit'
      ? [{ invariant: 'I12', what: `${fact.tab} had ${fact.count} ${fact.what} where ${fact.most} are allowed` }]
      : [],
  )
