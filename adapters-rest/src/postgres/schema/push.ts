/**
 * Why an operation cannot be done to the row as it stands; null if it can. A row of somebody else is told apart from no
 * row only by a create, and then without a word of what it holds.
 */
const refusal = (s: string): string => `
create or replace function ${s}.refusal(p_owner text, p_row ${s}.rows, p_op jsonb) returns jsonb
language plpgsql immutable as $fn$
declare
  v_conflict jsonb := jsonb_build_object('kind', 'conflict', 'row', ${s}.wire(p_row));
begin
  if p_op->>'kind' = 'create' then
    if p_row.id is null then return null; end if;
    if p_row.owner <> p_owner then return ${s}.rejected('SYNC_ID_TAKEN'); end if;
    return case when p_row.record is not null then v_conflict end;
  end if;
  if p_row.owner is distinct from p_owner then return ${s}.rejected('SYNC_NOT_VISIBLE'); end if;
  if p_row.record is null then
    return case when p_op->>'kind' = 'update' then v_conflict end;
  end if;
  if p_op->>'expected' <> p_row.revision::text then return v_conflict; end if;
  if not ${s}.matches(p_row.record, nullif(p_op->'condition', 'null')) then
    return ${s}.rejected('SYNC_CONDITION_FAILED') || jsonb_build_object('row', ${s}.wire(p_row));
  end if;
  return null;
end $fn$`

/** Does an operation that nothing speaks against; gives the row as it is afterwards. */
const effect = (s: string): string => `
create or replace function ${s}.effect(p_owner text, p_row ${s}.rows, p_op jsonb, p_record_bytes int)
returns ${s}.rows language plpgsql as $fn$
declare
  v_record jsonb;
  v_row ${s}.rows;
begin
  if p_op->>'kind' = 'delete' and p_row.record is null then return p_row; end if;
  if p_op->>'kind' <> 'delete' then
    v_record := ${s}.changed(coalesce(p_row.record, '{}'), p_op->'change');
    if octet_length(v_record::text) > p_record_bytes then
      raise exception using errcode = 'program_limit_exceeded', message = 'the record is too large';
    end if;
  end if;
  if p_row.id is null then
    insert into ${s}.rows (collection, id, owner, record)
      values (p_op->>'collection', p_op->>'id', p_owner, v_record)
      on conflict (collection, id) do nothing returning * into v_row;
  else
    update ${s}.rows set record = v_record
      where collection = p_row.collection and id = p_row.id returning * into v_row;
  end if;
  -- Somebody created the row between reading and writing: decide again.
  if v_row.id is null then raise exception using errcode = 'serialization_failure'; end if;
  return v_row;
end $fn$`

/** The digest of what an operation id names for ever; \`record\` and \`resend\` are no part of it. */
const digest = (s: string): string => `
create or replace function ${s}.digest(p_op jsonb) returns bytea language sql immutable as $fn$
  select sha256(convert_to(jsonb_build_array(p_op->'kind', p_op->'collection', p_op->'id', p_op->'expected',
    p_op->'change', p_op->'condition')::text, 'UTF8'))
$fn$`

/** What the log holds of an operation that must never be done: one byte more than of one that was. */
const refused = (s: string): string => `
create or replace function ${s}.refused(p_op jsonb) returns bytea language sql immutable as $fn$
  select '\\x00'::bytea || ${s}.digest(p_op)
$fn$`

/** Writes down a create that met a record. Any other operation names a revision, which does not come back. */
const remember = (s: string): string => `
create or replace function ${s}.remember(p_owner text, p_op jsonb, p_verdict jsonb) returns void language sql as $fn$
  insert into ${s}.log (owner, op_id, digest)
    select p_owner, p_op->>'opId', ${s}.refused(p_op)
    where p_op->>'kind' = 'create' and p_verdict->>'kind' = 'conflict'
    on conflict do nothing
$fn$`

/**
 * One operation: known already, refused, or done. A create that met a record is remembered as refused: whoever sent it goes on
 * under a new id, so a copy of it that the network held back must not take effect once that record is deleted.
 */
const apply = (s: string): string => `
create or replace function ${s}.apply(p_owner text, p_op jsonb, p_record_bytes int) returns jsonb
language plpgsql as $fn$
declare
  v_digest bytea := ${s}.digest(p_op);
  v_refused bytea := ${s}.refused(p_op);
  v_known bytea;
  v_refusal jsonb;
  v_row ${s}.rows;
begin
  select digest into v_known from ${s}.log where owner = p_owner and op_id = p_op->>'opId';
  if v_known not in (v_digest, v_refused) then return ${s}.rejected('SYNC_ID_REUSED'); end if;
  select * into v_row from ${s}.rows where collection = p_op->>'collection' and id = p_op->>'id' for update;
  if v_known is null then
    v_refusal := ${s}.refusal(p_owner, v_row, p_op);
    if v_refusal is not null then
      perform ${s}.remember(p_owner, p_op, v_refusal);
      return v_refusal;
    end if;
    v_row := ${s}.effect(p_owner, v_row, p_op, p_record_bytes);
    -- Under repeatable read a duplicate may be there unseen: ON CONFLICT makes that a collision, which is run again,
    -- where a plain insert would make it a verdict.
    insert into ${s}.log (owner, op_id, digest) values (p_owner, p_op->>'opId', v_digest) on conflict do nothing;
  end if;
  return jsonb_build_object('kind', case when v_known = v_refused then 'conflict' else 'applied' end) ||
    case when v_row.owner = p_owner then jsonb_build_object('row', ${s}.wire(v_row)) else '{}' end;
end $fn$`

/**
 * One operation in a subtransaction of its own: bad data (classes 22 and 23, or a plain RAISE in a trigger of the app) is
 * its verdict, anything else fails the request. The operation is cast in here because a text that jsonb cannot hold is
 * bad data too.
 */
const attempt = (s: string): string => `
create or replace function ${s}.attempt(p_owner text, p_op json, p_record_bytes int) returns jsonb
language plpgsql as $fn$
begin
  return ${s}.apply(p_owner, p_op::jsonb, p_record_bytes);
exception
  when program_limit_exceeded then
    return ${s}.rejected('SYNC_TOO_LARGE');
  when feature_not_supported then
    return ${s}.rejected('SYNC_UNSUPPORTED');
  when others then
    if left(sqlstate, 2) not in ('22', '23') and sqlstate not in ('42501', 'P0001') then raise; end if;
    return ${s}.rejected(case sqlstate when '42501' then 'SYNC_FORBIDDEN' else 'SYNC_REJECTED' end, jsonb_build_object('sqlstate', sqlstate));
end $fn$`

/**
 * A whole push. Pushes of one owner go one after the other: a duplicate that arrives while the first is under way waits
 * for it and then finds it in the log, and no two of them can wait for each other's rows.
 */
const push = (s: string): string => `
create or replace function ${s}.push(p_owner text, p_ops json, p_atomic boolean, p_record_bytes int) returns jsonb
language plpgsql as $fn$
declare
  v_op json;
  v_verdict jsonb;
  v_verdicts jsonb[] := '{}';
begin
  perform pg_advisory_xact_lock(hashtextextended('${s}/push/' || p_owner, 0));
  for v_op in select value from json_array_elements(p_ops) loop
    v_verdict := ${s}.attempt(p_owner, v_op, p_record_bytes);
    if p_atomic and v_verdict->>'kind' <> 'applied' then
      raise exception using errcode = 'RK002', message = 'undo the others';
    end if;
    v_verdicts := array_append(v_verdicts, v_verdict);
  end loop;
  return to_jsonb(v_verdicts);
exception
  -- Variables keep their values when the block's effects are undone.
  when sqlstate 'RK002' then
    -- What was undone may come again under its ids, all but the one that was refused.
    if v_verdict->>'kind' = 'conflict' then perform ${s}.remember(p_owner, v_op::jsonb, v_verdict); end if;
    return ${s}.aborted(json_array_length(p_ops), cardinality(v_verdicts) + 1, v_verdict);
end $fn$`

/** Writes from devices. */
export const pushing = (s: string): readonly string[] =>
  [refusal, effect, digest, refused, remember, apply, attempt, push].map((statement) => statement(s))
