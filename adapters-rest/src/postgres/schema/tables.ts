/**
 * The tables. `rows`: one line per record, `record` null for a tombstone, keyed for all owners together. `evictions`: rows
 * an owner no longer has. `log`: operations that took effect,
 * and creates that never will. `meta`: format, epoch, tombstone floor, revision floor.
 * Names are compared byte by byte ("C"), so that the feed has one order under every locale.
 */
export const tables = (s: string): readonly string[] => [
  `create table if not exists ${s}.rows (
    collection text collate "C" not null check (octet_length(collection) between 1 and 64),
    id text collate "C" not null check (octet_length(id) between 1 and 512),
    owner text collate "C" not null,
    record jsonb,
    revision bigint not null,
    xid xid8 not null,
    changed_at timestamptz not null,
    primary key (collection, id)
  )`,
  `create index if not exists rows_feed on ${s}.rows (owner, xid, collection, id)`,
  `create index if not exists rows_tombstones on ${s}.rows (changed_at) where record is null`,
  `create table if not exists ${s}.evictions (
    owner text collate "C" not null,
    collection text collate "C" not null,
    id text collate "C" not null,
    xid xid8 not null,
    evicted_at timestamptz not null,
    primary key (owner, collection, id)
  )`,
  `create index if not exists evictions_feed on ${s}.evictions (owner, xid, collection, id)`,
  `create index if not exists evictions_age on ${s}.evictions (evicted_at)`,
  `create table if not exists ${s}.log (
    owner text collate "C" not null,
    op_id text collate "C" not null check (octet_length(op_id) between 1 and 64),
    digest bytea not null,
    logged_at timestamptz not null default clock_timestamp(),
    primary key (owner, op_id)
  )`,
  `create index if not exists log_age on ${s}.log (logged_at)`,
  `create table if not exists ${s}.meta (key text primary key, value text not null)`,
  `insert into ${s}.meta values ('epoch', gen_random_uuid()::text), ('tombstone_floor', '0'), ('revision_floor', '0')
    on conflict (key) do nothing`,
]
