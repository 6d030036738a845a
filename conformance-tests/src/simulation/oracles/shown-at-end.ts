import type { Collection, Row } from '../devices/app.ts'
import { type Resting, shownOf } from './at-rest.ts'
import type { Story } from './story.ts'
import { asMigrated, sameRows, textOf } from './text.ts'
import type { Violation } from './violation.ts'

/** What the app is to be shown of a collection. */
function rowsOf(one: Resting, collection: Collection): readonly Row[] {
  const keys = new Set([...one.base.keys(), ...one.operations.keys()])
  return [...keys].flatMap((key) => (key.startsWith(`${collection}/`) ? (shownOf(one, key) ?? []) : []))
}

/** I10: what was shown last is what lies on the device, with the writes on it that wait. */
export function lastShownIsAtRest({ facts, rest, world }: Story): readonly Violation[] {
  const last = new Map<string, readonly Row[]>()
  for (const fact of facts)
    if (fact.kind === 'shown') last.set(`${fact.tab} ${fact.user} ${fact.collection}`, fact.rows)
  return world.devices.flatMap(({ name, tabs }) =>
    tabs.flatMap((tab) => {
      const there = rest.find(({ device, user }) => device === name && user === tab.account.shown)
      return (['tasks', 'notes'] as const).flatMap((collection) => {
        const rows = last.get(`${tab.name} ${tab.account.shown} ${collection}`)
        if (!there || !rows || sameRows(asMigrated(rows), asMigrated(rowsOf(there, collection)))) return []
        const what = `${tab.name} shows ${textOf(rows)} of ${collection}, on the device are ${textOf(rowsOf(there, collection))}`
        return [{ invariant: 'I10', what }]
      })
    }),
  )
}
