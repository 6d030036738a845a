import type { JsonObject } from '../env/json.ts'
import { SyncError } from '../errors/sync-error.ts'
import type { FieldTest, Filter } from '../model/filter.ts'
import * as query from '../query/match.ts'
import { operands } from './operands.ts'
import { testFor } from './tests.ts'

/** The test with its code, so that the kernel's matcher knows it. */
function withCode(test: FieldTest): FieldTest {
  const { is, value = null } = test
  const code = testFor(test)
  if (!code) throw new SyncError('SYNC_UNSUPPORTED', { message: `operator "${is}" is not known here` })
  const [fits, words] = operands[is] ?? []
  if (fits && !fits(value))
    throw new SyncError('SYNC_UNSUPPORTED', { message: `the operand of "${is}" must be ${words}` })
  return { ...test, [query.own]: code } as FieldTest
}

function prepare(filter: Filter): Filter {
  if ('all' in filter) return { all: filter.all.map(prepare) }
  if ('any' in filter) return { any: filter.any.map(prepare) }
  return 'not' in filter ? { not: prepare(filter.not) } : withCode(filter)
}

const prepared = new WeakMap<Filter, Filter>()

/**
 * Whether a record meets a filter: the norm for the meaning of every operator (see `Filter`), for adapters and servers.
 * @throws SyncError `SYNC_UNSUPPORTED` for an operator that does not exist, or an operand that it does not take
 */
export function matches(filter: Filter, record: JsonObject): boolean {
  const known = prepared.get(filter) ?? prepare(filter)
  prepared.set(filter, known)
  return query.matches(known, record)
}
