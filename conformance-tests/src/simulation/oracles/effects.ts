import { lateCopies } from './late-creates.ts'
import { type Field, fields, gone, isReference, keyOf, type Put, tagsIn } from './registers.ts'
import { deviceOf, type Story, type Wrote } from './story.ts'
import type { Violation } from './violation.ts'

/** I4: an operation takes effect once at most. What a restore took back did not happen; a create may come again where rows are not marked. */
export function idsTakeEffectOnce({ world: { site }, returns }: Story): readonly Violation[] {
  const { exactlyOnce, checked } = site.promises
  const takenBack = new Set(returns.flatMap((fact) => fact.takenBack))
  const seen = new Set<string>()
  const late = lateCopies(site)
  return (site.effects ?? []).flatMap((effect) => {
    const { opId, collection, id, before } = effect
    const mayRepeat = late.has(effect) || (!exactlyOnce && (!checked || before === null))
    if (takenBack.has(effect) || mayRepeat) return []
    if (opId === undefined || !seen.has(opId)) {
      if (opId !== undefined) seen.add(opId)
      return []
    }
    return [{ invariant: 'I4', what: `operation ${opId} took effect twice on ${collection}/${id}` }]
  })
}

/**
 * Whether a device met another history between two effects of an update of its own. The version that the first one was for means
 * nothing there, so it is not sent again as it was, but made anew on the rows of that history, of which nobody can tell that they
 * had it. Not so a create, which is for no version.
 */
function metAnotherHistory({ facts, returns }: Story, first: Put, again: Put, writers: readonly string[]): boolean {
  const isRemade = first.effect?.before && first.effect.opId !== again.effect?.opId
  if (!isRemade || !returns.some(({ at }) => at <= again.at)) return false
  return facts.some(
    (fact) =>
      fact.kind === 'pulled' &&
      fact.begins &&
      fact.at >= first.at &&
      fact.at <= again.at &&
      writers.includes(deviceOf(fact.tab)),
  )
}

/**
 * Whether a device lost, between two effects, that it had sent more of the record after the first one. Where a row remembers only the
 * last operations it had, a resend of that one is not known for one any more; a log knows better.
 */
function forgotLater(
  { facts, world }: Story,
  key: string,
  first: Put,
  again: Put,
  writers: readonly string[],
): boolean {
  if (world.site.promises.logged) return false
  return facts.some(
    (fact) =>
      fact.kind === 'forgotten' &&
      fact.at >= first.at &&
      fact.at <= again.at &&
      writers.includes(fact.device) &&
      fact.operations.some((op) => keyOf(Object(op).collection, Object(op).id) === key),
  )
}

/** Values that came twice without the record having been deleted in between, or made anew for another history. */
function twice(story: Story, key: string, field: Field): readonly Put[] {
  let seen = new Map<string, Put>()
  return story.registers.of(key, field).filter((put) => {
    const { value, effect } = put
    if (value === gone || !effect) seen = new Map()
    const first = seen.get(value)
    seen.set(value, put)
    if (!first || value === gone || value === '' || isReference(key, value)) return false
    const words = field === 'title' ? [value] : tagsIn(value)
    const writers = story.writes.flatMap(({ key: of, device, write }) =>
      of === key && words.includes(write.fields.title ?? write.tag ?? '') ? [device] : [],
    )
    return !metAnotherHistory(story, first, put, writers) && !forgotLater(story, key, first, put, writers)
  })
}

/**
 * I4, whatever the ids say: no list has a word twice, and no field gets a value twice where writes are for a version and a resend
 * is known for one. Where it is not, an own write on which somebody else's went is not told from one that never was.
 */
export function wordsTakeEffectOnce(story: Story): readonly Violation[] {
  const { registers, world } = story
  const { checked, exactlyOnce } = world.site.promises
  return story.keys.flatMap((key) => {
    const again = checked && exactlyOnce ? fields.flatMap((field) => twice(story, key, field)) : []
    const doubled = registers.of(key, 'tags').filter(({ value }) => new Set(tagsIn(value)).size < tagsIn(value).length)
    return [...again, ...doubled].map(({ value, at }) => ({
      invariant: 'I4',
      what: `"${value}" was put twice into ${key}, at ${at} ms again`,
    }))
  })
}

/** Of words in the order in which they took effect: two writes of which the later came first. */
function overtaken(
  words: Iterable<string>,
  writes: readonly Wrote[],
): readonly [later: Wrote, earlier: Wrote] | undefined {
  let before: Wrote | undefined
  for (const word of words) {
    const now = writes.find(({ write }) => write.fields.title === word || write.tag === word)
    // Two that were under way at the same time have no order.
    if (now && before && now.accepted !== undefined && now.accepted < before.begun) return [before, now]
    before = now ?? before
  }
  return undefined
}

/** Whether the device forgot what it did to the record from a write on: what came before that is sent once more. */
const hadForgottenOne = ({ facts }: Story, { device, begun, key }: Wrote): boolean =>
  facts.some(
    (fact, number) =>
      number > begun &&
      fact.kind === 'forgotten' &&
      fact.device === device &&
      fact.operations.some((op) => keyOf(Object(op).collection, Object(op).id) === key),
  )

/** I5: the writes of one device to one record take effect in the order in which it accepted them. */
export function effectsComeInOrder(story: Story): readonly Violation[] {
  const { registers } = story
  return story.queues.flatMap(([key, writes]) => {
    const titles = new Set(registers.of(key, 'title').map(({ value }) => value))
    const lists = [titles, ...registers.of(key, 'tags').map(({ value }) => tagsIn(value))]
    return lists.flatMap((words) => {
      const found = overtaken(words, writes)
      if (!found) return []
      const [later, earlier] = found
      if (hadForgottenOne(story, later)) return []
      return [
        { invariant: 'I5', what: `in ${key} step ${later.step} of ${later.device} overtook step ${earlier.step}` },
      ]
    })
  })
}

/** Whether the device had lost what it knew of the record when it wrote, or was told that it is not the user's any more. */
const hadForgotten = ({ facts }: Story, { device, begun, write, key }: Wrote): boolean =>
  facts.some((fact, number) => {
    if (number > begun) return false
    if (fact.kind === 'forgotten') return fact.device === device
    if (write.kind !== 'create') return false
    if (fact.kind === 'left') return `${fact.collection}/${fact.id}` === key
    if (fact.kind === 'clearing') return fact.device === device
    return fact.kind === 'switching' && fact.how === 'clearAndFetch' && deviceOf(fact.tab) === device
  })

/** Whether by an instant the device had forgotten that what it wrote was sent, at a backend that does not know a resend for one. */
const forgotSending = ({ facts, world }: Story, { device }: Wrote, instant: number): boolean =>
  !world.site.promises.exactlyOnce &&
  facts.some((fact) => fact.kind === 'forgotten' && fact.device === device && fact.at <= instant)

/** Whether an operation was sent to the history before the one in which it took effect: there its version may be another row's. */
const isOfAnother = ({ facts, returns }: Story, opId: string, instant: number): boolean => {
  const sent = facts.find((fact) => fact.kind === 'sent' && fact.operations.some((one) => one.opId === opId))
  return returns.some(({ at }) => at <= instant && sent !== undefined && sent.at < at)
}

/**
 * I5: a list that one device alone appends to only grows, as long as the record lives and writes are for a version. Who has
 * forgotten what is there begins a new one, and is right to.
 */
export function listsGrow(story: Story): readonly Violation[] {
  const { registers, world } = story
  if (!world.site.promises.checked) return []
  return story.queues.flatMap(([key, writes]) => {
    const puts = registers.of(key, 'tags')
    return puts.flatMap(({ value, at, effect }, index) => {
      const before = tagsIn(puts[index - 1]?.value ?? '')
      const now = tagsIn(value)
      if (effect?.opId === undefined || value === gone || before.every((tag, place) => now[place] === tag)) return []
      const wrote = writes.filter(({ write }) => write.tag !== undefined && [now[0], now.at(-1)].includes(write.tag))
      if (wrote.some((one) => hadForgotten(story, one) || forgotSending(story, one, at))) return []
      if (isOfAnother(story, effect.opId, at)) return []
      return [{ invariant: 'I5', what: `the tags of ${key} went from ${before} to ${now} at ${at} ms` }]
    })
  })
}
