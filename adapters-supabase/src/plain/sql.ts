import { mustBeName } from '../options.ts'

/** What {@link plainStatements} is to set up: the names that `plainTables` is told of. */
export interface PlainSetup {
  /** Default `public`. */
  readonly schema?: string | undefined
  /** The primary key, which the table has already. Default `id`. */
  readonly id?: string | undefined
  /** A `uuid` column for the user, with policies that let nobody else near. `undefined`: policies are the app's own. */
  readonly owner?: string | undefined
  readonly version?: string | undefined
  readonly deleted?: string | undefined
  /** Default `updated_at`. */
  readonly updatedAt?: string | undefined
}

/** A table as SQL names it, and the names in it that have a default. */
interface Place {
  readonly schema: string
  readonly table: string
  /** `schema.table`, quoted. */
  readonly full: string
  readonly id: string
  readonly updatedAt: string
}

const placeOf = (table: string, { schema = 'public', id = 'id', updatedAt = 'updated_at' }: PlainSetup): Place => ({
  schema,
  table,
  full: schema === 'public' ? `public."${table}"` : `"${schema}"."${table}"`,
  id,
  updatedAt,
})

/** What the SQL cannot do, or does not: nobody would miss policies until somebody else's rows turn up. */
function opening({ schema, table, full }: Place, owner: string | undefined): string {
  const exposed = `-- ${table}: "${schema}" must be among the exposed schemas (Project Settings, API), and open to who is signed in:
-- grant usage on schema "${schema}" to authenticated;
-- grant select, insert, update, delete on ${full} to authenticated;
`
  const open = `-- No row level security is set up for ${full}, because no owner was named (--owner=user_id). Without policies
-- of your own, whoever has the project's publishable key reads and writes all its rows.
`
  return `${schema === 'public' ? '' : exposed}${owner === undefined ? open : ''}`
}

/** A column that was there before may be empty and have no default, which \`if not exists\` leaves as it is. */
function ownerColumn({ full }: Place, owner: string): readonly string[] {
  return [
    `-- The owner of a row: whoever is signed in when it is made.
alter table ${full} add column if not exists "${owner}" uuid`,
    `alter table ${full} alter column "${owner}" set default auth.uid()`,
    `-- Rows that are there already have no owner yet, and the next statement refuses them. Say whose they are:
-- update ${full} set "${owner}" = '<the user>' where "${owner}" is null;
alter table ${full} alter column "${owner}" set not null`,
  ]
}

function markColumns({ full, updatedAt }: Place, { version, deleted }: PlainSetup): readonly string[] {
  const columns: readonly (readonly [string, string, string])[] = [
    [updatedAt, 'timestamptz', 'clock_timestamp()'],
    ...(version === undefined ? [] : [[version, 'bigint', '1'] as const]),
    ...(deleted === undefined ? [] : [[deleted, 'boolean', 'false'] as const]),
  ]
  const each = (words: (name: string, type: string, first: string) => string, between = ',\n  '): string =>
    columns.map(([name, type, first]) => words(name, type, first)).join(between)
  return [
    `-- What a device asks by: when a row was last written, and what else was named. Columns that are there are completed.
alter table ${full}\n  ${each((name, type, first) => `add column if not exists "${name}" ${type} not null default ${first}`)}`,
    `update ${full} set\n  ${each((name, _, first) => `"${name}" = coalesce("${name}", ${first})`)}
  where ${each((name) => `"${name}" is null`, ' or ')}`,
    `alter table ${full}\n  ${each((name, _, first) => `alter column "${name}" set default ${first}, alter column "${name}" set not null`)}`,
  ]
}

/**
 * The trigger that moves stamp and version. Not \`now()\`, which is when the transaction began: of two that write one row the
 * later could have begun first, and the stamp would go back.
 */
function stamp({ schema, table, full, updatedAt }: Place, { version }: PlainSetup): readonly string[] {
  const name = schema === 'public' ? `public."${table}_stamp"` : `"${schema}"."${table}_stamp"`
  const [first, next] =
    version === undefined
      ? ['', '']
      : [` new."${version}" := 1;`, ` new."${version}" := coalesce(old."${version}", 0) + 1;`]
  return [
    `-- Moves them with every write, never backwards, whoever writes.
create or replace function ${name}() returns trigger language plpgsql as $fn$
begin
  if tg_op = 'INSERT' then
    new."${updatedAt}" := clock_timestamp();${first}
  else
    new."${updatedAt}" := greatest(clock_timestamp(), old."${updatedAt}" + interval '1 microsecond');${next}
  end if;
  return new;
end $fn$`,
    `create or replace trigger "${table}_stamp" before insert or update on ${full}
  for each row execute function ${name}()`,
  ]
}

function feed({ table, full, id, updatedAt }: Place, { owner }: PlainSetup): string {
  const columns = [...(owner === undefined ? [] : [owner]), updatedAt, id].map((name) => `"${name}"`)
  return `-- Serves the question what is new.
create index if not exists "${table}_feed" on ${full} (${columns.join(', ')})`
}

function policies({ table, full }: Place, owner: string): readonly string[] {
  return [
    `-- Rows are for their owner alone. Policies of your own that allow more stay as they are.
alter table ${full} enable row level security`,
    `drop policy if exists "${table}_own" on ${full}`,
    `create policy "${table}_own" on ${full} to authenticated
  using ("${owner}" = (select auth.uid())) with check ("${owner}" = (select auth.uid()))`,
  ]
}

/** Realtime tells only of tables in its publication; a project may have none. */
const publish = ({ schema, table, full }: Place): string => `-- Realtime tells devices at once that something is new.
do $do$ begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') and not exists (
    select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = '${schema}' and tablename = '${table}')
  then
    alter publication supabase_realtime add table ${full};
  end if;
end $do$`

/**
 * What a table needs to be synced, statement by statement with comments, each one safe to run again. The table is there
 * already, with its own columns and a primary key; it may have rows. Where those have no owner yet, the statement that asks
 * for one fails, before anything was done but to add that column.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a name that cannot be used
 */
export function plainStatements(table: string, setup: PlainSetup = {}): readonly string[] {
  for (const name of [table, ...Object.values(setup)]) if (name !== undefined) mustBeName('a name', name)
  const place = placeOf(table, setup)
  const { owner } = setup
  return [
    ...(owner === undefined ? [] : ownerColumn(place, owner)),
    ...markColumns(place, setup),
    ...stamp(place, setup),
    feed(place, setup),
    ...(owner === undefined ? [] : policies(place, owner)),
    publish(place),
  ].map((statement, at) => (at === 0 ? opening(place, owner) + statement : statement))
}
