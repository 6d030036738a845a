import type { Backend } from '@rowkeep/conformance-tests'
import type { JsonObject } from '@rowkeep/kernel'
import type { Project } from './project.ts'
import { ownColumns, type Shape } from './tables.ts'

type Collection = keyof typeof ownColumns

const nobody = '00000000-0000-4000-8000-000000000000'

const living = (shape: Shape): string => (shape === 'marked' ? 'and not deleted' : '')

/** Makes the row what is given, whoever had it and whatever it was. */
function upsert(collection: Collection, shape: Shape): string {
  const own = ownColumns[collection]
  const marks = shape === 'marked' ? ['deleted'] : []
  const values = [...own.map((name) => `r."${name}"`), '$2::text::uuid', ...marks.map(() => 'false')]
  const names = [...own, 'user_id', ...marks]
  const sets = names.filter((name) => name !== 'id').map((name) => `"${name}" = excluded."${name}"`)
  return `insert into public.${collection} (${names.map((name) => `"${name}"`).join(', ')})
    select ${values.join(', ')} from json_populate_record(null::public.${collection}, $1::text::json) r
    on conflict (id) do update set ${sets.join(', ')}`
}

// PGlite's clock has whole milliseconds: two writes in one would stand in no order.
const nextMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3))

const empty = `truncate public.notes, public.tasks, judge.forbidden`

/** The project as the suite sees a backend, emptied. Its hands go around lite. */
export async function freshBackend(project: Project, origin: string): Promise<Backend> {
  const { shape, users, query } = project
  const { ada } = users
  await project.idle()
  await query(empty, [])
  return {
    origin,
    fetch: project.fetch,
    async rows(collection) {
      const own = ownColumns[collection].map((name) => `"${name}"`).join(', ')
      const some = `select ${own} from public.${collection} where user_id = $1::text::uuid ${living(shape)}`
      const rows = await query(`select to_json(r)::text as row from (${some}) r`, [ada.id])
      return rows.map(({ row }) => JSON.parse(String(row)) as JsonObject)
    },
    async write(collection, row) {
      await query(upsert(collection, shape), [JSON.stringify(row), ada.id])
      await nextMoment()
    },
    async remove(collection, id) {
      const whole = `delete from public.${collection} where id = $1`
      const mark = `update public.${collection} set deleted = true where id = $1`
      await query(shape === 'marked' ? mark : whole, [id])
      await nextMoment()
    },
    async evict(collection, id) {
      await query(`update public.${collection} set user_id = $2::text::uuid where id = $1`, [id, nobody])
    },
    async forbid(collection, id) {
      await query('insert into judge.forbidden values ($1, $2) on conflict do nothing', [collection, id])
    },
    close: () => project.idle(),
  }
}
