/** A row in the form the wire has for it. */
const wire = (s: string): string => `
create or replace function ${s}.wire(p_row ${s}.rows) returns jsonb language sql immutable as $fn$
  select jsonb_build_object('collection', p_row.collection, 'id', p_row.id, 'revision', p_row.revision::text) ||
    case when p_row.record is null then '{"kind": "tombstone"}'
      else jsonb_build_object('kind', 'record', 'record', p_row.record) end
$fn$`

/** The verdict that ends an operation for good. */
const rejected = (s: string): string => `
create or replace function ${s}.rejected(p_code text, p_details jsonb default null) returns jsonb
language sql immutable as $fn$
  select jsonb_build_object('kind', 'rejected', 'error', jsonb_strip_nulls(
    jsonb_build_object('code', p_code, 'details', p_details)))
$fn$`

/** The answer to a request of which all or nothing was asked: the guilty operation as it is, the others unapplied. */
const aborted = (s: string): string => `
create or replace function ${s}.aborted(p_count int, p_guilty int, p_verdict jsonb) returns jsonb
language sql immutable as $fn$
  select jsonb_agg(case when place = p_guilty then p_verdict
    else '{"kind": "retry", "outcome": "unapplied", "error": {"code": "SYNC_GROUP_ABORTED"}}' end order by place)
  from generate_series(1, p_count) place
$fn$`

/** How answers look on the wire. */
export const verdicts = (s: string): readonly string[] => [wire(s), rejected(s), aborted(s)]
