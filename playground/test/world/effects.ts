import type { Sql } from '@rowkeep/adapters-rest/postgres'
import type { JsonObject } from '@rowkeep/kernel'
import type { ModelRow, ModelServer } from '@rowkeep/kernel/testing'

/** One change of a row as the backend's own storage made it, whoever asked for it. */
interface Effect {
  readonly id: string
  /** The title after it; `null`: it deleted the row. */
  readonly title: string | null
}

/** What the storage behind a double did, in its order: seen below the wire, so that no adapter and no engine has a say in it. */
export interface EffectLog {
  all(): Promise<readonly Effect[]>
}

/** The effects on a model server; `read` gives a row's fields as the app would name them, `null` where it is deleted. */
export function modelEffects(
  server: ModelServer,
  isNotes: (table: string) => boolean,
  read: (fields: JsonObject) => JsonObject | null,
): EffectLog {
  const effects: Effect[] = []
  server.watch((row: ModelRow | undefined, before: ModelRow | undefined) => {
    const { table = '', id = '' } = row ?? before ?? {}
    if (!isNotes(table)) return
    const fields = row?.fields ? read(row.fields) : null
    effects.push({ id, title: fields && String(fields['title']) })
  })
  return { all: async () => effects }
}

/** The effects on a schema of the PostgreSQL kit, noted by a trigger of the database's own. */
export async function kitEffects(sql: Sql, schema: string): Promise<EffectLog> {
  const statements = [
    `create table ${schema}.effects (at bigserial primary key, id text not null, title text)`,
    `create function ${schema}.note_effect() returns trigger language plpgsql security definer as $$ begin
       insert into ${schema}.effects (id, title) values (new.id, new.record->>'title'); return null; end $$`,
    `create trigger note_effect after insert or update on ${schema}.rows
       for each row when (new.collection = 'notes') execute function ${schema}.note_effect()`,
  ]
  for (const statement of statements) await sql.query(statement)
  return {
    async all() {
      const { rows } = await sql.query(`select id, title from ${schema}.effects order by at`)
      return rows.map(({ id, title }) => ({ id: String(id), title: title === null ? null : String(title) }))
    },
  }
}
