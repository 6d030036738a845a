import { isSyncError } from '@rowkeep/kernel'
import type { RestingOperation } from './at-rest.ts'
import type { Fact, Told } from './diary.ts'
import { gone, keyOf, tagsIn } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'

/** What one write did to one field, or that it deleted the record. */
export type Deed =
  | { readonly does: 'title'; readonly word: string }
  | { readonly does: 'tag'; readonly word: string }
  | { readonly does: 'delete' }

/** What a write did, as far as it can be told from any other. */
export function deedsOf({ write }: Wrote): readonly Deed[] {
  if (write.kind === 'delete') return [{ does: 'delete' }]
  const { title } = write.fields
  return [
    ...(title === undefined ? [] : [{ does: 'title', word: title } as const]),
    ...(write.tag === undefined ? [] : [{ does: 'tag', word: write.tag } as const]),
  ]
}

/** Until when something is looked for: facts before this number, effects until this instant. */
export interface Until {
  readonly fact: number
  readonly at: number
}

export const theEnd: Until = { fact: Number.POSITIVE_INFINITY, at: Number.POSITIVE_INFINITY }

/** Whether the backend had it. */
function tookEffect({ registers, returns }: Story, { key, begunAt }: Wrote, deed: Deed, { at }: Until): boolean {
  switch (deed.does) {
    case 'title':
      return registers.of(key, 'title').some((put) => put.at <= at && put.value === deed.word)
    case 'tag':
      return registers.of(key, 'tags').some((put) => put.at <= at && tagsIn(put.value).includes(deed.word))
    case 'delete': {
      const puts = registers.of(key, 'title')
      const before = registers.at(key, 'title', begunAt)
      // Of what a backend has brought back a device may know for a while only that it was deleted: there is nothing to delete then.
      if (returns.length > 0 && puts.some((put) => put.at <= at && put.value === gone)) return true
      return (
        (before?.value ?? gone) === gone || puts.some((put) => put.at >= begunAt && put.at <= at && put.value === gone)
      )
    }
  }
}

/** What was refused for what it is changes nothing; where a store or a process ended under it nobody knows. */
const mayHaveTakenEffect = ({ accepted, refused }: Wrote): boolean =>
  accepted !== undefined || refused === undefined || (isSyncError(refused) && /STORE|CLOSED|ABORTED/.test(refused.code))

/** Whether `other` may have been decided after `wrote`: it was asked for later, or was still being waited for then. */
export const mayBeLater = (other: Wrote, wrote: Wrote): boolean =>
  other !== wrote && (other.begun > wrote.begun || (other.accepted ?? Number.POSITIVE_INFINITY) > wrote.begun)

/** Whether a later write of the device stands in its place: to the same field, or it deleted the record. */
function isCovered(story: Story, wrote: Wrote, deed: Deed, until: Until): boolean {
  return story.writesOf(wrote.device, wrote.key).some((later) => {
    if (!mayBeLater(later, wrote) || later.begun >= until.fact || !mayHaveTakenEffect(later)) return false
    if (later.write.kind === 'delete') return deed.does !== 'delete'
    if (deed.does === 'delete') return later.write.kind === 'create'
    return deed.does === 'title' && later.write.fields.title !== undefined
  })
}

/** Whether it deleted what the device itself had created, and the backend never had: then neither is sent. */
function wasCancelled(story: Story, wrote: Wrote, deed: Deed): boolean {
  if (deed.does !== 'delete') return false
  const made = story
    .writesOf(wrote.device, wrote.key)
    .findLast(({ begun, write }) => begun < wrote.begun && write.kind === 'create')?.write
  if (!made) return false
  const { title } = made.fields
  return !(
    story.registers.of(wrote.key, 'title').some(({ value }) => value === title) ||
    story.registers.of(wrote.key, 'tags').some(({ value }) => made.tag && tagsIn(value).includes(made.tag))
  )
}

/** Whether the local side of a conflict is what the deed made. */
function isLocal(local: Told & Extract<Fact, { readonly kind: 'asked' }>, deed: Deed): boolean {
  const side = local.conflict.local
  if (deed.does === 'delete') return side === null
  return deed.does === 'title' ? side?.title === deed.word : !!side?.tags?.includes(deed.word)
}

/** Whether a resolver was asked about just this, and did not choose it. */
function wasDecided(story: Story, wrote: Wrote, deed: Deed, until: Until): boolean {
  return story.askedOf(wrote.device, wrote.key).some((number) => {
    const fact = story.facts[number]
    if (fact?.kind !== 'asked' || number <= wrote.begun || number >= until.fact || !isLocal(fact, deed)) return false
    const { fields } = fact.conflict
    if (fact.answer === 'delete') return true
    const field = deed.does === 'tag' ? 'tags' : 'title'
    return fact.answer === 'remote' && (fields.length === 0 || fields.includes(field))
  })
}

/** Whether a person decided otherwise about what waited of the record, or gave it up. */
const wasGivenUp = ({ facts }: Story, { device, key, begun }: Wrote): boolean =>
  facts.some((fact, number) => {
    if (number < begun || (fact.kind !== 'resolved' && fact.kind !== 'discarded')) return false
    if (deviceOf(fact.tab) !== device) return false
    if (fact.kind === 'resolved') return fact.how !== 'local' && keyOf(fact.collection, fact.id) === key
    return fact.records.some(({ collection, id }) => keyOf(collection, id) === key)
  })

/** Whether it is what an operation does. */
function isIn({ kind, change }: RestingOperation, deed: Deed): boolean {
  if (deed.does === 'delete') return kind === 'delete'
  return deed.does === 'title' ? change.set?.title === deed.word : !!change.set?.tags?.includes(deed.word)
}

/** Whether it waits for a person. */
const isShelved = ({ rest }: Story, { device, key }: Wrote, deed: Deed): boolean =>
  rest.some(
    (one) =>
      one.device === device && one.operations.get(key)?.some((op) => op.state !== 'pending' && isIn(op, deed)) === true,
  )

/** Whether it was in what the device lost through no fault of the app: no store promises to keep that. */
const wasForgotten = ({ facts }: Story, { device, user, key, begun }: Wrote, deed: Deed): boolean =>
  facts.some(
    (fact, number) =>
      fact.kind === 'forgotten' &&
      fact.device === device &&
      fact.user === user &&
      number > begun &&
      (fact.operations as unknown as readonly RestingOperation[]).some(
        (op) => keyOf(op.collection, op.id) === key && isIn(op, deed),
      ),
  )

/** Whether the user had the device cleared, of what was not sent too; it may be over for the write before that is told. */
const wasDiscarded = ({ facts }: Story, { device, user, begun }: Wrote): boolean =>
  facts.some(
    (fact, number) =>
      (fact.kind === 'cleared' || fact.kind === 'clearing') &&
      fact.discarded &&
      fact.device === device &&
      fact.user === user &&
      number > begun,
  )

/** How a deed ended, or `undefined`: nothing accounts for it. */
export function endOf(story: Story, wrote: Wrote, deed: Deed, until: Until = theEnd): string | undefined {
  if (tookEffect(story, wrote, deed, until)) return 'applied'
  if (isCovered(story, wrote, deed, until)) return 'covered'
  if (wasCancelled(story, wrote, deed)) return 'cancelled'
  if (wasDecided(story, wrote, deed, until)) return 'decided'
  if (wasGivenUp(story, wrote)) return 'decided'
  if (isShelved(story, wrote, deed)) return 'shelved'
  if (wasDiscarded(story, wrote)) return 'discarded'
  return wasForgotten(story, wrote, deed) ? 'forgotten' : undefined
}
