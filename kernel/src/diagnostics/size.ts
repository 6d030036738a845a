import type { Host, Opened } from '../client/host.ts'
import type { Ledger } from '../journal/ledger.ts'
import type { RecordKey } from '../model/identity.ts'
import { byteLength } from '../model/value.ts'

function recordSize({ base, queues }: Ledger, key: RecordKey): number {
  const row = base.get(key)
  const ops = queues.get(key) ?? []
  return (row ? byteLength(row as never) : 0) + ops.reduce((sum, { op }) => sum + byteLength(op as never), 0)
}

/** Bytes of all entries as JSON; measured once, and then kept up to date from what each commit touches. */
export function sizeOf(host: Host): (opened: Opened) => number {
  const sizes = new Map<RecordKey, number>()
  let measured: Ledger | undefined
  let total = 0
  const measure = (ledger: Ledger, key: RecordKey): void => {
    const size = recordSize(ledger, key)
    total += size - (sizes.get(key) ?? 0)
    if (size > 0) sizes.set(key, size)
    else sizes.delete(key)
  }
  host.changed.add((touched) => {
    for (const key of measured ? touched : []) measure(measured as Ledger, key)
  })
  return ({ ledger }) => {
    if (measured !== ledger) {
      measured = ledger
      sizes.clear()
      total = 0
      for (const key of new Set([...ledger.base.keys(), ...ledger.queues.keys()])) measure(ledger, key)
    }
    // Of these there are few.
    return total + [...ledger.meta.values()].reduce((sum: number, value) => sum + byteLength(value), 0)
  }
}
