/**
 * Revision, transaction and time of every change, set by a trigger so that no writer can forge or forget them, whatever
 * SQL it runs. A row's revision goes on over its tombstone; a new row starts above every revision that was ever purged,
 * because a device may still remember the purged one. Subtransactions share the transaction's number.
 */
const stamp = (s: string): string => `
create or replace function ${s}.stamp() returns trigger language plpgsql as $fn$
begin
  if tg_op = 'UPDATE' then
    new.revision := old.revision + 1;
  else
    select value::bigint + 1 into strict new.revision from ${s}.meta where key = 'revision_floor';
  end if;
  new.xid := pg_current_xact_id();
  new.changed_at := clock_timestamp();
  return new;
end $fn$`

/** A row that changes hands leaves an eviction with its former owner, and takes away the one its new owner may have. */
const evict = (s: string): string => `
create or replace function ${s}.evict() returns trigger language plpgsql as $fn$
begin
  insert into ${s}.evictions values (old.owner, old.collection, old.id, pg_current_xact_id(), clock_timestamp())
    on conflict (owner, collection, id) do update set xid = excluded.xid, evicted_at = excluded.evicted_at;
  delete from ${s}.evictions where owner = new.owner and collection = new.collection and id = new.id;
  return null;
end $fn$`

/** The triggers that keep feed positions and evictions true. */
export const stamps = (s: string): readonly string[] => [
  stamp(s),
  `create or replace trigger stamp before insert or update on ${s}.rows for each row execute function ${s}.stamp()`,
  evict(s),
  `create or replace trigger evict after update of owner on ${s}.rows for each row
    when (old.owner is distinct from new.owner) execute function ${s}.evict()`,
]
