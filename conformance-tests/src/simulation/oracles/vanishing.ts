import type { Row } from '../devices/app.ts'
import { gone, isReference, keyOf } from './registers.ts'
import { deviceOf, type Story } from './story.ts'
import type { Violation } from './violation.ts'

/** What takes rows away that are at the backend, and is right to. */
const takesAway: readonly string[] = ['forgotten', 'clearing', 'switching', 'left', 'restored', 'requeued', 'discarded']

/** Whether somebody decided, or asked the device to delete, something about the record. */
const wasDeleted = (story: Story, device: string, key: string): boolean =>
  story.writesOf(device, key).some(({ write }) => write.kind === 'delete') ||
  story.facts.some(
    (fact) =>
      (fact.kind === 'resolved' && keyOf(fact.collection, fact.id) === key) ||
      (fact.kind === 'asked' && fact.answer === 'delete'),
  )

/** Whether what was shown of the record was at the backend, and the record stays there until an instant. */
function stays({ registers }: Story, key: string, { title }: Row, from: number, to: number): boolean {
  // Many writes refer to the same record.
  if (title === undefined || isReference(key, title)) return false
  const puts = registers.of(key, 'title')
  const put = puts.findLast(({ value, at, effect }) => effect && value === title && at <= from)
  return put !== undefined && !puts.some(({ value, at }) => value === gone && at >= put.at && at <= to)
}

/**
 * Rule 7: a row that is at the backend all the time does not vanish from what is shown. A listing that was cut off, or that was made
 * before the row was written, says nothing of it. Where a write is long in being committed, a listing in order ends below it, and
 * lacks even what was acknowledged before it began, which leaves until the next delta.
 */
export function nothingVanishes(story: Story): readonly Violation[] {
  const { facts, world } = story
  const { counts } = world.diary
  if (world.site.promises.seenWhole && (counts.has('slowCommit') || counts.has('slowestCommit'))) return []
  if (facts.some(({ kind }) => takesAway.includes(kind))) return []
  // What was refused shows the row before it, which may not be here.
  if (facts.some((fact) => fact.kind === 'status' && fact.status.writes.quarantined > 0)) return []
  const last = new Map<string, { readonly rows: ReadonlyMap<string, Row>; readonly at: number }>()
  return facts.flatMap((fact) => {
    if (fact.kind !== 'shown') return []
    const { tab, user, collection, at } = fact
    const name = `${tab} ${user} ${collection}`
    const before = last.get(name)
    const rows = new Map(fact.rows.map((row) => [row.id, row]))
    last.set(name, { rows, at })
    const lost = [...(before?.rows.values() ?? [])].filter((row) => {
      const key = keyOf(collection, row.id)
      return !rows.has(row.id) && stays(story, key, row, before?.at ?? 0, at) && !wasDeleted(story, deviceOf(tab), key)
    })
    return lost.map(({ id }) => ({
      invariant: 'I10',
      what: `${tab} showed ${keyOf(collection, id)} no more at ${at} ms, which is at the backend`,
    }))
  })
}
