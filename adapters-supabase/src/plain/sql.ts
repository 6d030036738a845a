import { mustBeName } from '../options.ts'

/** What {@link plainStatements} is to set up: the columns that `plainTables` is told of. */
export interface PlainSetup {
  /** A `uuid` column for the user, with policies that let nobody else near. `undefined`: policies are the app's own. */
  readonly owner?: string | undefined
  readonly version?: string | undefined
  readonly deleted?: string | undefined
  /** Default `updated_at`. */
  readonly updatedAt?: string | undefined
}

function columns({ owner, version, deleted, updatedAt = 'updated_at' }: PlainSetup): readonly string[] {
  return [
    `add column if not exists "${updatedAt}" timestamptz not null default clock_timestamp()`,
    ...(version === undefined ? [] : [`add column if not exists "${version}" bigint not null default 1`]),
    ...(deleted === undefined ? [] : [`add column if not exists "${deleted}" boolean not null default false`]),
    ...(owner === undefined ? [] : [`add column if not exists "${owner}" uuid not null default auth.uid()`]),
  ]
}

/**
 * The trigger that moves stamp and version. Not \`now()\`, which is when the transaction began: of two that write one row the
 * later could have begun first, and the stamp would go back.
 */
function stamp(table: string, { version, updatedAt = 'updated_at' }: PlainSetup): readonly string[] {
  const [first, next] =
    version === undefined ? ['', ''] : [` new."${version}" := 1;`, ` new."${version}" := old."${version}" + 1;`]
  return [
    `create or replace function public."${table}_stamp"() returns trigger language plpgsql as $fn$
begin
  if tg_op = 'INSERT' then
    new."${updatedAt}" := clock_timestamp();${first}
  else
    new."${updatedAt}" := greatest(clock_timestamp(), old."${updatedAt}" + interval '1 microsecond');${next}
  end if;
  return new;
end $fn$`,
    `create or replace trigger "${table}_stamp" before insert or update on public."${table}"
  for each row execute function public."${table}_stamp"()`,
  ]
}

function policies(table: string, owner: string): readonly string[] {
  return [
    `alter table public."${table}" enable row level security`,
    `drop policy if exists "${table}_own" on public."${table}"`,
    `create policy "${table}_own" on public."${table}" to authenticated
  using ("${owner}" = (select auth.uid())) with check ("${owner}" = (select auth.uid()))`,
  ]
}

/** Realtime tells only of tables in its publication; a project may have none. */
const publish = (table: string): string => `do $do$ begin
  if exists (select from pg_publication where pubname = 'supabase_realtime') and not exists (
    select from pg_publication_tables where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = '${table}')
  then
    alter publication supabase_realtime add table public."${table}";
  end if;
end $do$`

/**
 * What a table of the schema `public` needs to be synced, statement by statement, each one safe to run again. The table is
 * there already, with its own columns and a primary key `id`.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a name that cannot be used
 */
export function plainStatements(table: string, setup: PlainSetup = {}): readonly string[] {
  for (const name of [table, ...Object.values(setup)]) if (name !== undefined) mustBeName('a name', name)
  const { owner, updatedAt = 'updated_at' } = setup
  const indexed = owner === undefined ? `"${updatedAt}", id` : `"${owner}", "${updatedAt}", id`
  return [
    `alter table public."${table}"\n  ${columns(setup).join(',\n  ')}`,
    ...stamp(table, setup),
    `create index if not exists "${table}_feed" on public."${table}" (${indexed})`,
    ...(owner === undefined ? [] : policies(table, owner)),
    publish(table),
  ]
}
