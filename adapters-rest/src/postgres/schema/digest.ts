/**
 * What the versions of the living rows of one owner in a feed add up to: base64 of the SHA-256 (FIPS 180-4) of `collection NUL id
 * NUL revision NUL` of each in UTF-8, in the order of these bytes, which the key's index has. Null while a change is not yet
 * shown to a pull, because a transaction that began before it is still open.
 */
const feedDigest = (s: string): string => String.raw`
create or replace function ${s}.feed_digest(p_owner text, p_ask jsonb) returns text language plpgsql stable as $fn$
declare
  v_collections text[] := array(select jsonb_array_elements_text(p_ask->'collections'));
  v_filters jsonb := p_ask->'filters';
  v_safe xid8 := pg_snapshot_xmin(pg_current_snapshot());
begin
  if exists (select from ${s}.rows r
      where r.owner = p_owner and r.collection = any (v_collections) and r.xid >= v_safe)
    or exists (select from ${s}.evictions e
      where e.owner = p_owner and e.collection = any (v_collections) and e.xid >= v_safe) then
    return null;
  end if;
  return (
    select encode(sha256(coalesce(string_agg(convert_to(f.collection, 'UTF8') || '\x00'::bytea || convert_to(f.id, 'UTF8')
      || '\x00'::bytea || convert_to(f.revision::text, 'UTF8') || '\x00'::bytea, ''), '')), 'base64')
    -- Sorted before it is put together: an order inside the aggregate would not see the index.
    from (select r.collection, r.id, r.revision from ${s}.rows r
      where r.owner = p_owner and r.collection = any (v_collections) and r.record is not null
        and (v_filters->r.collection is null or ${s}.matches(r.record, v_filters->r.collection))
      order by r.collection, r.id) f);
end $fn$`

/** What both sides of a comparison compute. */
export const digesting = (s: string): readonly string[] => [feedDigest(s)]
