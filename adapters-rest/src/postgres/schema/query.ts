/**
 * What a value is ordered by, the kernel's way: its type, then as a number, then as text by UTF-16 code unit. Lists and objects
 * come last, in an order of their own.
 */
const sortKeys = (s: string): readonly string[] => [
  `
create or replace function ${s}.sort_type(p_value jsonb) returns int language sql immutable parallel safe as $fn$
  select case jsonb_typeof(p_value) when 'null' then 0 when 'boolean' then 1 when 'number' then 2 when 'string' then 3 else 4 end
$fn$`,
  `
create or replace function ${s}.sort_number(p_value jsonb) returns numeric language sql immutable parallel safe as $fn$
  select case jsonb_typeof(p_value) when 'boolean' then p_value::boolean::int when 'number' then p_value::numeric else 0 end
$fn$`,
  `
create or replace function ${s}.sort_text(p_value jsonb) returns text language sql immutable parallel safe as $fn$
  select case jsonb_typeof(p_value)
    when 'string' then ${s}.code_units(p_value #>> '{}')
    when 'array' then p_value::text
    when 'object' then p_value::text
    else '' end
$fn$`,
]

/** Whether a row comes after a place: the values of the order's fields and the id of the last row, which may be gone. */
const follows = (s: string): string => `
create or replace function ${s}.follows(p_record jsonb, p_id text, p_order jsonb, p_place jsonb) returns boolean
language plpgsql immutable parallel safe as $fn$
declare
  v_field jsonb;
  v_at int := 0;
  v_value jsonb;
  v_there jsonb;
  v_is_after boolean;
begin
  for v_field in select value from jsonb_array_elements(p_order) loop
    v_value := coalesce(${s}.value_at(p_record, v_field->>'field'), 'null');
    v_there := p_place->v_at;
    v_at := v_at + 1;
    if ${s}.sort_type(v_value) <> ${s}.sort_type(v_there) then
      v_is_after := ${s}.sort_type(v_value) > ${s}.sort_type(v_there);
    elsif ${s}.sort_number(v_value) <> ${s}.sort_number(v_there) then
      v_is_after := ${s}.sort_number(v_value) > ${s}.sort_number(v_there);
    elsif ${s}.sort_text(v_value) <> ${s}.sort_text(v_there) then
      v_is_after := ${s}.sort_text(v_value) collate "C" > ${s}.sort_text(v_there);
    else
      continue;
    end if;
    return v_is_after <> (v_field->>'descending')::boolean;
  end loop;
  return ${s}.code_units(p_id) collate "C" > ${s}.code_units(p_place->>v_at);
end $fn$`

/** Bytes of an answer's rows as PostgreSQL writes them; it ends before it passes them, but has one row at least. */
const answerBytes = 8_000_000

/**
 * Rows of one owner that meet a filter, in an order, after a place; or how many they are. STABLE, so that all of it sees one
 * snapshot. Of what the caller sends only positions and directions become SQL text; field names and values stay data.
 */
const query = (s: string): string => `
create or replace function ${s}.query(p_owner text, p_ask jsonb) returns jsonb language plpgsql stable as $fn$
declare
  v_order jsonb := coalesce(p_ask->'order', '[]');
  v_place jsonb := (p_ask->>'at')::jsonb;
  v_sort text := '';
  v_values text := '';
  v_answer jsonb;
begin
  if (p_ask->>'count')::boolean then
    return jsonb_build_object('count', (select count(*) from ${s}.rows r
      where r.owner = p_owner and r.collection = p_ask->>'collection' and r.record is not null
        and (p_ask->'filter' is null or ${s}.matches(r.record, p_ask->'filter'))));
  end if;
  for v_at in 0 .. jsonb_array_length(v_order) - 1 loop
    v_values := v_values || format('coalesce(${s}.value_at(r.record, $4->%s->>''field''), ''null''), ', v_at);
    v_sort := v_sort || format(
      '${s}.sort_type(f.place->%1$s) %2$s, ${s}.sort_number(f.place->%1$s) %2$s, ${s}.sort_text(f.place->%1$s) collate "C" %2$s, ',
      v_at, case when (v_order->v_at->>'descending')::boolean then 'desc' else 'asc' end);
  end loop;
  execute format($sql$
    with found as materialized (
      select r as line, jsonb_build_array(%1$s r.id) as place from ${s}.rows r
      where r.owner = $1 and r.collection = $2 and r.record is not null
        and ($3 is null or ${s}.matches(r.record, $3))
        and ($5 is null or ${s}.follows(r.record, r.id, $4, $5))
    ), page as (
      select f.line, f.place, row_number() over (order by %2$s ${s}.code_units((f.line).id) collate "C") as nth
      from found f order by nth limit $6 + 1
    ), sized as (
      select p.*, sum(octet_length((p.line).record::text)) over (order by nth) as size from page p
    ), cut as (
      select greatest(1, count(*) filter (where nth <= $6 and size <= ${answerBytes})) as rows from sized
    )
    select jsonb_build_object(
      'rows', coalesce(jsonb_agg(${s}.wire(line) order by nth) filter (where nth <= (select rows from cut)), '[]'),
      'after', case when count(*) > (select rows from cut)
        then max(place::text) filter (where nth = (select rows from cut)) end)
    from sized $sql$, v_values, v_sort)
  into v_answer
  using p_owner, p_ask->>'collection', p_ask->'filter', v_order, v_place, (p_ask->>'limit')::int;
  return v_answer;
end $fn$`

/** Reads beside the feed. */
export const querying = (s: string): readonly string[] => [...sortKeys(s), follows(s), query(s)]
