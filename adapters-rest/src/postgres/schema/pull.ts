/**
 * Everything of one owner in one order, (transaction, collection, id), cut below the oldest transaction that is still
 * open: a later commit can then never land before a position already handed out. A listing leaves out what was deleted
 * or evicted before it began, and rows that do not match; all that changed since then it brings, as a delta would.
 * One \`limit\` inside each branch keeps both on their index.
 */
const changesAfter = (s: string): string => `
create or replace function ${s}.changes_after(p_owner text, p_ask jsonb, p_from xid8, p_safe xid8)
returns table (xid xid8, collection text, id text, change jsonb) language plpgsql stable as $fn$
declare
  v_collections text[] := array(select jsonb_array_elements_text(p_ask->'collections'));
  v_filters jsonb := p_ask->'filters';
  v_delta boolean := coalesce(p_ask->'at'->>'mode' = 'delta', false);
  v_xid xid8 := coalesce(p_ask->'at'->>'xid', '0')::xid8;
  v_collection text := coalesce(p_ask->'at'->>'collection', '');
  v_id text := coalesce(p_ask->'at'->>'id', '');
  v_limit int := (p_ask->>'limit')::int + 1;
begin
  return query
    (select r.xid, r.collection::text, r.id::text, ${s}.wire(r) from ${s}.rows r
      where r.owner = p_owner and r.collection = any (v_collections)
        and (r.xid, r.collection, r.id) > (v_xid, v_collection, v_id) and r.xid < p_safe
        and (v_delta or r.xid >= p_from or r.record is not null
          and (v_filters->r.collection is null or ${s}.matches(r.record, v_filters->r.collection)))
      order by r.xid, r.collection, r.id limit v_limit)
    union all
    (select e.xid, e.collection::text, e.id::text,
        jsonb_build_object('kind', 'eviction', 'collection', e.collection, 'id', e.id) from ${s}.evictions e
      where e.owner = p_owner and e.collection = any (v_collections)
        and (e.xid, e.collection, e.id) > (v_xid, v_collection, v_id) and e.xid < p_safe
        and (v_delta or e.xid >= p_from)
      order by e.xid, e.collection, e.id limit v_limit);
end $fn$`

/** Bytes of a page's changes as PostgreSQL writes them; a page ends before it passes them, but has one change at least. */
const pageBytes = 8_000_000

/**
 * One page. STABLE, so that all of it sees one snapshot. Expired: of another history, begun before something was purged,
 * or from a future this history never had. \`last\` is the position of the page's last change.
 * Asked for a `digest` it brings no rows, only what stands for their versions.
 */
const pull = (s: string): string => `
create or replace function ${s}.pull(p_owner text, p_ask jsonb) returns jsonb language plpgsql stable as $fn$
declare
  v_meta jsonb := (select jsonb_object_agg(key, value) from ${s}.meta);
  v_at jsonb := nullif(p_ask->'at', 'null');
  v_safe xid8 := pg_snapshot_xmin(pg_current_snapshot());
  v_from xid8 := coalesce((v_at->>'from')::xid8, v_safe);
  v_head jsonb := jsonb_build_object('epoch', v_meta->>'epoch', 'safe', v_safe::text, 'from', v_from::text,
    'now', floor(extract(epoch from clock_timestamp()) * 1000)::bigint);
begin
  if p_ask->'digest' = 'true' then
    return jsonb_build_object('digest', ${s}.feed_digest(p_owner, p_ask));
  end if;
  if v_at is not null and (v_at->>'epoch' <> v_meta->>'epoch' or v_from < (v_meta->>'tombstone_floor')::xid8
    or v_from > v_safe) then
    return v_head || '{"kind": "expired"}';
  end if;
  return v_head || (
    with page as (
      select p.*, row_number() over feed as place, sum(octet_length(p.change::text)) over feed as size
      from ${s}.changes_after(p_owner, p_ask, v_from, v_safe) p
      window feed as (order by p.xid, p.collection collate "C", p.id collate "C")
    ), cut as (
      select greatest(1, count(*) filter (where place <= (p_ask->>'limit')::int and size <= ${pageBytes})) as rows from page
    )
    select jsonb_build_object(
      'kind', 'page',
      'more', count(*) > (select rows from cut),
      'changes', coalesce(jsonb_agg(change order by place) filter (where place <= (select rows from cut)), '[]'),
      'last', jsonb_agg(jsonb_build_object('xid', xid::text, 'collection', collection, 'id', id))
        filter (where place = (select rows from cut))->0)
    from page);
end $fn$`

/** Reads of the feed. */
export const pulling = (s: string): readonly string[] => [changesAfter(s), pull(s)]
