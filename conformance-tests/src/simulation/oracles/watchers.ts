import type { Row } from '../devices/app.ts'
import type { Told } from './diary.ts'
import { type Field, fields, isReference, keyOf, textIn } from './registers.ts'
import type { Story } from './story.ts'
import { textOf } from './text.ts'
import type { Violation } from './violation.ts'

type Shown = Extract<Told, { readonly kind: 'shown' }>

/** The row that a tab was shown last of a record, and of each field the newest version that this can have been. */
interface Seen {
  readonly row: Row
  readonly versions: Readonly<Record<Field, number>>
}

/** The oldest version that a field can be in as it is shown, if not older than `since`; `undefined`: it must be older. */
function versionOf(
  { registers }: Story,
  key: string,
  field: Field,
  { at }: Shown,
  row: Row,
  since: number,
): number | undefined {
  const value = textIn(row, field)
  // Many writes refer to the same record: which of them is shown cannot be told.
  if (isReference(key, value)) return since
  const puts = registers.of(key, field).filter((put) => put.value === value && put.at <= at)
  // What was never at the backend is the app's own.
  return puts.length === 0 ? since : puts.find(({ version }) => version >= since)?.version
}

/** A row as it is shown, after what was shown of it before. */
function look(
  story: Story,
  key: string,
  fact: Shown,
  row: Row,
  before: Seen | undefined,
): readonly [Seen, readonly Field[]] {
  const versions = { ...(before?.versions ?? { title: -1, tags: -1 }) }
  const older = fields.filter((field) => {
    const version = versionOf(story, key, field, fact, row, versions[field])
    versions[field] = version ?? versions[field]
    return version === undefined
  })
  return [{ row, versions }, older]
}

/** I10: where versions have an order, nobody is shown an older one after a newer one. */
export function neverGoesBack(story: Story): readonly Violation[] {
  if (!story.world.site.promises.ordered) return []
  const seen = new Map<string, Seen>()
  return story.facts.flatMap((fact) => {
    if (fact.kind !== 'shown') return []
    return fact.rows.flatMap((row) => {
      const key = keyOf(fact.collection, row.id)
      const name = `${fact.tab} ${key}`
      const before = seen.get(name)
      if (before?.row === row) return []
      const [now, older] = look(story, key, fact, row, before)
      seen.set(name, now)
      const what = `${fact.tab} was shown ${textOf(row)} of ${key} at ${fact.at} ms, after something newer`
      return older.length === 0 ? [] : [{ invariant: 'I10', what }]
    })
  })
}
