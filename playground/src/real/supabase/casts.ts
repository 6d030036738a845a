import { isDeepStrictEqual } from 'node:util'
import { supabaseDouble } from '@rowkeep/adapters-supabase/testing'
import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Findings } from '../judge.ts'
import { within } from './deadline.ts'
import type { Project } from './lite/project.ts'

interface Column {
  readonly name: string
  readonly type: string
  /** A trigger sets it, so that only refusals can be seen. */
  readonly isStamped?: true
  readonly values: readonly Json[]
}

const columns: readonly Column[] = [
  {
    name: 'title',
    type: 'text',
    values: ['', 'x', 5, 1.5, true, { a: [1, { b: null }] }, ['a', 'b'], 'a\0b', { a: '\0' }, '\\u0000', null],
  },
  {
    name: 'n',
    type: 'double precision',
    values: [
      ...[0.1, 1e300, 5e-324, 2 ** 53, true, [1], { a: 1 }, null],
      ...['7', ' 7.5e2 ', '7.', '.5', '+5', 'many', '', '1_000', '1 0', '--1', 'e5'],
      ...['NaN', 'Infinity', '-inf', '+infinity', 'nan', '1e999', '-1e999', '1e-999', '0e999'],
    ],
  },
  {
    name: 'done',
    type: 'boolean',
    values: [
      ...[true, false, 1, 0, 2, 1.5, [], {}, null],
      ...['t', 'tr', 'y', 'ye', 'yes', 'on', 'of', 'off', 'o', 'n', 'no', 'FALSE', ' ON ', 'off ', '00', 'perhaps', ''],
    ],
  },
  {
    name: 'tags',
    type: 'text[]',
    values: [
      ...([[], ['', 'null', 'a,b', '{}', '"', '\\'], [null], [null, 'a'], [1, true, 'x'], [{ a: 1 }]] as Json[]),
      ...([[['a'], ['b']], [['a', null]], [[['a']]], [[null], ['x']], [[], []], [[[]]], ['b', ['a']]] as Json[]),
      ...([[['a'], 'b'], [['a'], ['b', 'c']], [[], ['a']], ['a\0'], 'a', '', {}, 3, true, null] as Json[]),
    ],
  },
  {
    name: 'updated_at',
    type: 'timestamptz',
    isStamped: true,
    values: ['soon', '', 5, true, '2026-02-30', '2026-13-01', '2026-01-01', '2026-01-01T25:00:00Z', 'infinity', null],
  },
  {
    name: 'version',
    type: 'bigint',
    isStamped: true,
    values: [
      5,
      '5',
      ' 5 ',
      1.5,
      '1.5',
      1e21,
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775809',
      true,
    ],
  },
]

/** What PostgreSQL makes of it, in the statement that PostgREST sends; or its SQLSTATE. */
async function truthOf({ query }: Project, { name, type, isStamped }: Column, value: Json): Promise<Json> {
  const statement = `select to_json(x)::text as row from json_to_record($1::text::json) as x("${name}" ${type})`
  try {
    const [row] = await query(statement, [JSON.stringify({ [name]: value })])
    return isStamped ? 'taken' : ((JSON.parse(String(row?.['row'])) as JsonObject)[name] ?? null)
  } catch (error) {
    return { refused: (error as { readonly code?: string }).code ?? String(error) }
  }
}

/** What the double makes of it. */
async function answerOf({ name, isStamped }: Column, value: Json): Promise<Json> {
  const { origin, key, fetch } = supabaseDouble()
  const headers = { apikey: key, authorization: 'Bearer token-of-ada', prefer: 'return=representation' }
  const body = JSON.stringify({ id: 'x', [name]: value })
  const response = await within(
    'the double',
    fetch(new Request(`${origin}/rest/v1/notes`, { method: 'POST', headers, body })),
  )
  const answer = (await response.json()) as Json
  if (!Array.isArray(answer)) return { refused: (answer as JsonObject)['code'] ?? null }
  return isStamped ? 'taken' : ((answer[0] as JsonObject)[name] ?? null)
}

async function compared(project: Project, column: Column): Promise<string> {
  const found: string[] = []
  for (const value of column.values) {
    const [theirs, ours] = [await truthOf(project, column, value), await answerOf(column, value)]
    if (isDeepStrictEqual(theirs, ours)) continue
    found.push(
      `${JSON.stringify(value)}: double ${JSON.stringify(ours)}, ${project.database} ${JSON.stringify(theirs)}`,
    )
  }
  if (found.length > 0) throw new Error(found.join('\n'))
  return `${column.values.length} values`
}

/** JSON values in columns: lite binds them in its own way, so here it is PostgreSQL that is asked, as PostgREST asks it. */
export async function compareCasts(findings: Findings, project: Project): Promise<void> {
  for (const column of columns) {
    await findings.check(`${project.name}: JSON values as ${column.type}`, () => compared(project, column))
  }
}
