import { changes } from './changes.ts'
import { digesting } from './digest.ts'
import { matching } from './matching.ts'
import { schemaName } from './name.ts'
import { pulling } from './pull.ts'
import { pushing } from './push.ts'
import { querying } from './query.ts'
import { stamps } from './stamps.ts'
import { tables } from './tables.ts'
import { upkeep } from './upkeep.ts'
import { verdicts } from './verdicts.ts'

/** The format this version writes. A schema with a higher one is refused and left as it is. */
const format = 1

/** What the checks of the set-up raise; no SQLSTATE of PostgreSQL begins with RK. */
export const setupErrors = { newerFormat: 'RK001', notUtf8: 'RK003' } as const

/** Every statement of the kit, each one safe to run again, in an order in which they can be created. */
const statements = (schema: string): readonly string[] =>
  [tables, stamps, matching, changes, verdicts, pushing, digesting, pulling, querying, upkeep].flatMap((part) =>
    part(schema),
  )

const checks = (s: string): string => `
  if current_setting('server_encoding') <> 'UTF8' then
    raise exception using errcode = '${setupErrors.notUtf8}', message = 'the database is not UTF8';
  end if;
  if to_regclass('${s}.meta') is not null then
    select value::int into v_format from ${s}.meta where key = 'format';
    if v_format > ${format} then
      raise exception using errcode = '${setupErrors.newerFormat}', message = 'the schema has format ' || v_format;
    end if;
  end if;
  if not exists (select from pg_namespace where nspname = '${s}') then
    create schema ${s};
  end if;`

const block = (s: string): string => `do $setup$
declare
  v_format int;
begin
  perform pg_advisory_xact_lock(hashtextextended('${s}/setup', 0));
  perform set_config('client_min_messages', 'warning', true);
${checks(s)}
${statements(s)
  .map((statement) => `${statement.trim()};`)
  .join('\n')}
  insert into ${s}.meta values ('format', '${format}') on conflict (key) do update set value = excluded.value;
end $setup$`

/**
 * The whole set-up as one statement: all of it or nothing takes effect, servers that start together wait for each other,
 * and it may run again at any time. For a migration that is kept as a file, this is the text to put in it.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a name that cannot be used
 */
export const setupStatement = (schema = 'rowkeep'): string => block(schemaName(schema))
