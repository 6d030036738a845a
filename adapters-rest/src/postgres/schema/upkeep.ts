/**
 * Forgets what is older than asked for, and raises the floor exactly as far as something was lost, so that only devices
 * that have missed it list anew. What the oldest open transaction may not have seen stays, so the floor never passes the
 * position a new listing starts from.
 */
const purge = (s: string): string => `
create or replace function ${s}.purge(p_retention interval, p_memory interval) returns jsonb language plpgsql as $fn$
declare
  v_before timestamptz := clock_timestamp() - p_retention;
  v_safe xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_rows int;
  v_evictions int;
  v_log int;
  v_revision bigint;
  v_floor numeric;
  v_floor_too numeric;
begin
  with gone as (delete from ${s}.rows where record is null and changed_at <= v_before and xid < v_safe
    returning xid, revision)
  select count(*), max(revision), max(xid::text::numeric) from gone into v_rows, v_revision, v_floor;
  with gone as (delete from ${s}.evictions where evicted_at <= v_before and xid < v_safe returning xid)
  select count(*), max(xid::text::numeric) from gone into v_evictions, v_floor_too;
  delete from ${s}.log where logged_at <= clock_timestamp() - p_memory;
  get diagnostics v_log = row_count;
  perform ${s}.raise_floor('tombstone_floor', greatest(v_floor, v_floor_too) + 1);
  perform ${s}.raise_floor('revision_floor', v_revision);
  return jsonb_build_object('tombstones', v_rows, 'evictions', v_evictions, 'operations', v_log);
end $fn$`

/** Floors only ever rise; null leaves one as it is. */
const raiseFloor = (s: string): string => `
create or replace function ${s}.raise_floor(p_key text, p_to numeric) returns void language sql as $fn$
  update ${s}.meta set value = p_to::text where key = p_key and value::numeric < p_to
$fn$`

/** What an operator runs. */
export const upkeep = (s: string): readonly string[] => [raiseFloor(s), purge(s)]
