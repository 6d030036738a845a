import { defaultLimits, schemaName, setupStatement } from '@rowkeep/adapters-rest/postgres/kit'

const recordBytes = 2_000_000

/** SQLSTATE of a call for somebody other than the token's user; no code of PostgreSQL begins with RK. */
const mismatch = 'RK004'

/** Who calls, by the token that PostgREST has checked. Not \`auth.uid()\`: tokens of other issuers need not name a uuid. */
const caller = (s: string): string => `
create or replace function ${s}.caller(p_user text) returns text language plpgsql stable as $fn$
declare
  v_sub text := auth.jwt() ->> 'sub';
begin
  if v_sub is null then raise insufficient_privilege using message = 'nobody is signed in'; end if;
  if v_sub is distinct from p_user then
    raise exception using errcode = '${mismatch}', message = 'the token is of another user';
  end if;
  return v_sub;
end $fn$`

/** Refuses what no device sends: whoever has a token can call the function with anything. */
const check = (s: string): string => `
create or replace function ${s}.check_operations(p_operations json) returns void language plpgsql immutable as $fn$
declare
  v_op json;
begin
  if json_typeof(p_operations) <> 'array' or json_array_length(p_operations) > ${defaultLimits.operations} then
    raise invalid_parameter_value using message = 'operations must be a list of at most ${defaultLimits.operations}';
  end if;
  for v_op in select value from json_array_elements(p_operations) loop
    if json_typeof(v_op) <> 'object'
      or coalesce(v_op->>'kind', '') not in ('create', 'update', 'delete')
      or coalesce(json_typeof(v_op->'opId'), '') <> 'string'
      or coalesce(json_typeof(v_op->'collection'), '') <> 'string'
      or coalesce(json_typeof(v_op->'id'), '') <> 'string'
      or coalesce(json_typeof(v_op->'change'), '') <> 'object'
      or coalesce(json_typeof(v_op->'change'->'set'), 'object') <> 'object'
      or coalesce(json_typeof(v_op->'change'->'unset'), 'array') <> 'array'
      or coalesce(json_typeof(v_op->'change'->'increment'), 'object') <> 'object'
      or coalesce(json_typeof(v_op->'change'->'append'), 'object') <> 'object'
    then
      raise invalid_parameter_value using message = 'an operation has not the right form';
    end if;
  end loop;
end $fn$`

/** Refuses an ask of a query that no device makes; what the values are compared with is the kit's affair. */
const checkQuery = (s: string): string => `
create or replace function ${s}.check_query(p_ask jsonb) returns void language plpgsql immutable as $fn$
begin
  if jsonb_typeof(p_ask) <> 'object'
    or coalesce(jsonb_typeof(p_ask->'collection'), '') <> 'string'
    or coalesce(jsonb_typeof(p_ask->'filter'), 'object') <> 'object'
    or coalesce(jsonb_typeof(p_ask->'order'), 'array') <> 'array'
    or (p_ask->'order') @? 'strict $[32]'
    or (p_ask->'order') @? '$[*] ? (@.field.type() <> "string" || @.descending.type() <> "boolean" || !exists(@.field) || !exists(@.descending))'
    or coalesce(jsonb_typeof(p_ask->'at'), 'string') <> 'string'
  then
    raise invalid_parameter_value using message = 'the query has not the right form';
  end if;
end $fn$`

/** The functions that devices call, in the schema that PostgREST shows. */
const calls = (s: string): readonly string[] => [
  `
create or replace function public.${s}_pull(p_user text, p_ask jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $fn$
begin
  return ${s}.pull(${s}.caller(p_user), p_ask || jsonb_build_object(
    'limit', least(greatest((p_ask->>'limit')::int, 1), ${defaultLimits.pageRows})));
end $fn$`,
  `
create or replace function public.${s}_push(p_user text, p_operations json, p_atomic boolean) returns jsonb
language plpgsql security definer set search_path = '' as $fn$
begin
  perform ${s}.check_operations(p_operations);
  return ${s}.push(${s}.caller(p_user), p_operations, p_atomic, ${recordBytes});
end $fn$`,
  `
create or replace function public.${s}_query(p_user text, p_ask jsonb) returns jsonb
language plpgsql stable security definer set search_path = '' as $fn$
begin
  perform ${s}.check_query(p_ask);
  return ${s}.query(${s}.caller(p_user), p_ask || jsonb_build_object(
    'limit', least(greatest((p_ask->>'limit')::int, 1), ${defaultLimits.pageRows})));
end $fn$`,
]

/** A private message to the owners whose rows a statement changed; it says which collections, and nothing of the rows. */
const tell = (s: string): string => `
create or replace function ${s}.tell() returns trigger language plpgsql security definer set search_path = '' as $fn$
begin
  perform realtime.send(jsonb_build_object('collections', collections), 'changed', '${s}:' || owner, true)
    from (select owner, jsonb_agg(distinct collection) as collections from changed group by owner) as told;
  return null;
end $fn$`

const triggers = (s: string): readonly string[] =>
  ['rows', 'evictions'].flatMap((table) =>
    ['insert', 'update'].map(
      (event) => `create or replace trigger tell_${event} after ${event} on ${s}.${table}
  referencing new table as changed for each statement execute function ${s}.tell()`,
    ),
  )

const functions = (s: string): string =>
  `public.${s}_pull(text, jsonb), public.${s}_push(text, json, boolean), public.${s}_query(text, jsonb)`

/** Nobody reaches the tables but through the functions; row level security stands behind that a second time. */
const doors = (s: string): readonly string[] => [
  `revoke all on schema ${s} from public, anon, authenticated`,
  ...['rows', 'evictions', 'log', 'meta'].map((table) => `alter table ${s}.${table} enable row level security`),
  `revoke all on function ${functions(s)} from public, anon`,
  `grant execute on function ${functions(s)} to authenticated`,
  `drop policy if exists ${s}_topics on realtime.messages`,
  `create policy ${s}_topics on realtime.messages for select to authenticated
  using (extension = 'broadcast' and (select realtime.topic()) = '${s}:' || (select auth.jwt() ->> 'sub'))`,
]

/**
 * Everything the kit needs in a Supabase project, statement by statement, each one safe to run again: the schema `name`, the
 * functions `public.<name>_pull`, `public.<name>_push` and `public.<name>_query` for the role `authenticated`, and private broadcasts on the topic
 * `<name>:<user>`. To be run as the project's `postgres`.
 * @throws SyncError `SYNC_CONFIG_INVALID` for a name that cannot be used
 */
export function kitStatements(name = 'rowkeep'): readonly string[] {
  const s = schemaName(name)
  return [setupStatement(s), caller(s), check(s), checkQuery(s), ...calls(s), tell(s), ...triggers(s), ...doors(s)]
}
