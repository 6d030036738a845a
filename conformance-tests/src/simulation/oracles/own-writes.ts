import type { Row } from '../devices/app.ts'
import type { Told } from './diary.ts'
import { type Deed, deedsOf, mayBeLater } from './ends.ts'
import { createsComeLate } from './late-creates.ts'
import { keyOf, tagsIn } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

type Shown = Extract<Told, { readonly kind: 'shown' }>

const shows = (row: Row | undefined, deed: Deed): boolean => {
  if (deed.does === 'delete') return row === undefined
  return deed.does === 'title' ? row?.title === deed.word : !!row?.tags?.includes(deed.word)
}

/** Whether the backend had the deed after an instant for the first time. A deletion cannot be told from others'. */
function isLater({ registers, world }: Story, { key, write }: Wrote, deed: Deed, instant: number): boolean {
  if (deed.does === 'delete' || (write.kind === 'create' && createsComeLate(world))) return false
  const puts = registers.of(key, deed.does === 'title' ? 'title' : 'tags')
  const first = puts.find(({ value }) => tagsIn(value).includes(deed.word))
  // An edit of what was not sent yet goes with the create that it was merged into.
  if (first?.effect && !first.effect.before && createsComeLate(world)) return false
  return (first?.at ?? -1) > instant
}

/** Whether the device did something else to the record between the write and the fact. */
const movedOn = (story: Story, { device, key, begun }: Wrote, number: number): boolean =>
  story.writesOf(device, key).some((later) => later.begun > begun && later.begun < number)

/** Whether what is shown is a write that was asked for before and not accepted then: such two count in either order. */
const isUnderAnother = (story: Story, wrote: Wrote, row: Row | undefined): boolean =>
  story
    .writesOf(wrote.device, wrote.key)
    .some(
      (other) =>
        other.begun < wrote.begun && mayBeLater(other, wrote) && deedsOf(other).some((deed) => shows(row, deed)),
    )

/** Whether a person took the write out of quarantine after an instant: until then it is not shown, and may take effect later. */
const isSentAgain = ({ facts }: Story, { key }: Wrote, instant: number): boolean =>
  facts.some(
    (fact) =>
      fact.kind === 'requeued' &&
      fact.at > instant &&
      fact.records.some(({ collection, id }) => keyOf(collection, id) === key),
  )

/** Of writes that a tab accepted those that it still has to show, and those of them that it does not. */
function stillOpen(
  story: Story,
  waiting: readonly Wrote[],
  number: number,
  { rows, at }: Shown,
): readonly [open: readonly Wrote[], missing: readonly Wrote[]] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const missing: Wrote[] = []
  const open = waiting.filter((wrote) => {
    if (movedOn(story, wrote, number)) return false
    const late = deedsOf(wrote).filter((deed) => isLater(story, wrote, deed, at))
    const row = byId.get(wrote.write.id)
    if (late.every((deed) => shows(row, deed))) return late.length > 0
    if (isUnderAnother(story, wrote, row) || isSentAgain(story, wrote, at)) return false
    missing.push(wrote)
    return false
  })
  return [open, missing]
}

/** By tab, user and collection what was accepted and is still to be shown. */
class Waiting {
  readonly #by = new Map<string, readonly Wrote[]>()

  of({ tab, user }: { readonly tab: string; readonly user: string }, collection: string): readonly Wrote[] {
    return this.#by.get(`${tab} ${user} ${collection}`) ?? []
  }

  set(
    { tab, user }: { readonly tab: string; readonly user: string },
    collection: string,
    waiting: readonly Wrote[],
  ): void {
    const name = `${tab} ${user} ${collection}`
    if (waiting.length > 0) this.#by.set(name, waiting)
    else this.#by.delete(name)
  }

  /** The device gives up what it has. */
  clear(device: string): void {
    for (const name of this.#by.keys()) if (deviceOf(name) === device) this.#by.delete(name)
  }
}

/** I10: what a tab has accepted it shows until the backend has it. */
export function ownWritesShow(story: Story): readonly Violation[] {
  const waiting = new Waiting()
  const accepted = new Map(story.writes.map((wrote) => [wrote.accepted, wrote]))
  return story.facts.flatMap((fact, number) => {
    if (fact.kind === 'clearing' || fact.kind === 'cleared') waiting.clear(fact.device)
    const wrote = fact.kind === 'accepted' ? accepted.get(number) : undefined
    if (wrote) waiting.set(wrote, wrote.write.collection, [...waiting.of(wrote, wrote.write.collection), wrote])
    if (fact.kind !== 'shown' || waiting.of(fact, fact.collection).length === 0) return []
    const [open, missing] = stillOpen(story, waiting.of(fact, fact.collection), number, fact)
    waiting.set(fact, fact.collection, open)
    return missing.map(({ tab, step, key }) => ({
      invariant: 'I10',
      what: `${tab} did not show step ${step} of ${key} at ${fact.at} ms, which took effect later`,
    }))
  })
}
