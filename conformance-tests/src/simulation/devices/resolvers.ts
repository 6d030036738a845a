import type { Conflict, Resolution, Resolver } from '@rowkeep/kernel'
import type { Collection, Row } from './app.ts'
import type { Tab } from './tab.ts'

/** How late a late answer is, at most, ms: some come after the deadline. */
const lateMs = 5_000

/** A record of the resolver's own: the local side where there is one. */
const ownOf = ({ local, remote }: Conflict<Row>): Row => ({ ...((local ?? remote) as Row) })

const later = (tab: Tab): Promise<'local'> =>
  new Promise((resolve) => {
    const key = tab.key('resolver')
    tab.deliver(tab.world.chance(key) * lateMs, key, () => resolve('local'))
  })

type Answer = (conflict: Conflict<Row>, tab: Tab) => Resolution<Row> | Promise<Resolution<Row>>

const answers: Readonly<Record<string, Answer>> = {
  local: () => 'local',
  remote: () => 'remote',
  ask: () => 'ask',
  delete: () => 'delete',
  late: (_conflict, tab) => later(tab),
  own: ownOf,
  throws: () => {
    throw new Error('a resolver of the app is broken')
  },
  silent: () => new Promise(() => {}),
}

/** What an answer comes to, in the words of a plain one. */
const plain: Readonly<Record<string, string>> = { late: 'local', throws: 'ask', silent: 'ask' }

/** The app's resolvers; they tell of everything they are asked. */
export function resolversOf(tab: Tab): { readonly conflict?: Record<Collection, Resolver<Row>> } {
  const { world, name } = tab
  const { resolver } = world.history.setup
  const decide = answers[resolver]
  if (!decide) return {}
  const answer =
    (collection: Collection): Resolver<Row> =>
    (conflict) => {
      const own = conflict.local ? 'local' : 'remote'
      const told = resolver === 'own' ? own : (plain[resolver] ?? resolver)
      world.diary.tell({ kind: 'asked', tab: name, collection, conflict, answer: told })
      return decide(conflict, tab)
    }
  return { conflict: { tasks: answer('tasks'), notes: answer('notes') } }
}
