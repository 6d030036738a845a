/**
 * Text rewritten so that byte order is the order of UTF-16 code units, which is JavaScript's: there, characters beyond
 * U+FFFF come before U+E000..U+FFFF. Each of the two groups gets a prefix that says where it belongs.
 */
const codeUnits = (s: string): string => String.raw`
create or replace function ${s}.code_units(p_text text) returns text language sql immutable strict parallel safe as $fn$
  select regexp_replace(
    regexp_replace(p_text, '[\uE000-\uFFFF]', E'\uE001\\&', 'g'),
    '[\U00010000-\U0010FFFF]', E'\uE000\\&', 'g')
$fn$`

/**
 * -1, 0 or 1 for two values of one scalar type, else null. Numbers compare as \`numeric\`, which is the order of JavaScript's
 * doubles, because a number arrives as the shortest text of a double.
 */
const ordering = (s: string): string => `
create or replace function ${s}.ordering(p_a jsonb, p_b jsonb) returns int language plpgsql immutable parallel safe as $fn$
declare
  v_type text := jsonb_typeof(p_a);
begin
  if v_type <> jsonb_typeof(p_b) then return null; end if;
  case v_type
    when 'number' then
      return sign(p_a::numeric - p_b::numeric)::int;
    when 'boolean' then
      return p_a::boolean::int - p_b::boolean::int;
    when 'string' then
      if p_a = p_b then return 0; end if;
      return case when ${s}.code_units(p_a #>> '{}') collate "C" < ${s}.code_units(p_b #>> '{}') then -1 else 1 end;
    else
      return null;
  end case;
end $fn$`

/**
 * The value a dot path leads to; null where it leads nowhere. A field whose whole name is the path goes before what the path
 * would find inside another field.
 */
const valueAt = (s: string): string => `
create or replace function ${s}.value_at(p_value jsonb, p_path text) returns jsonb
language plpgsql immutable strict parallel safe as $fn$
begin
  if jsonb_typeof(p_value) <> 'object' then return null; end if;
  if p_value ? p_path then return p_value->p_path; end if;
  if strpos(p_path, '.') = 0 then return null; end if;
  return ${s}.value_at(p_value->split_part(p_path, '.', 1), substr(p_path, strpos(p_path, '.') + 1));
end $fn$`

/** One test of one field: two-valued, an absent field tests like null. */
const holds = (s: string): string => `
create or replace function ${s}.holds(p_value jsonb, p_is text, p_wanted jsonb) returns boolean
language plpgsql immutable parallel safe as $fn$
begin
  case p_is
    when 'eq' then return p_value = p_wanted;
    when 'ne' then return p_value <> p_wanted;
    when 'gt' then return coalesce(${s}.ordering(p_value, p_wanted) > 0, false);
    when 'gte' then return coalesce(${s}.ordering(p_value, p_wanted) >= 0, false);
    when 'lt' then return coalesce(${s}.ordering(p_value, p_wanted) < 0, false);
    when 'lte' then return coalesce(${s}.ordering(p_value, p_wanted) <= 0, false);
    when 'in' then return exists (select from jsonb_array_elements(p_wanted) one where one = p_value);
    when 'startsWith' then
      return jsonb_typeof(p_value) = 'string' and starts_with(p_value #>> '{}', p_wanted #>> '{}');
    else
      raise exception using errcode = 'feature_not_supported', message = 'unknown operator';
  end case;
end $fn$`

/** Whether a record meets a filter, with the meaning of the kernel's own matcher; null where there is no filter. */
const matches = (s: string): string => `
create or replace function ${s}.matches(p_record jsonb, p_filter jsonb) returns boolean
language plpgsql immutable strict parallel safe as $fn$
begin
  if p_filter ? 'all' then
    return not exists (select from jsonb_array_elements(p_filter->'all') one where not ${s}.matches(p_record, one));
  elsif p_filter ? 'any' then
    return exists (select from jsonb_array_elements(p_filter->'any') one where ${s}.matches(p_record, one));
  elsif p_filter ? 'not' then
    return not ${s}.matches(p_record, p_filter->'not');
  elsif p_filter ? 'ignoreCase' then
    raise exception using errcode = 'feature_not_supported', message = 'ignoreCase';
  end if;
  return ${s}.holds(
    coalesce(${s}.value_at(p_record, p_filter->>'field'), 'null'), p_filter->>'is', coalesce(p_filter->'value', 'null'));
end $fn$`

/** Filters in SQL, for conditions of writes and for listings. */
export const matching = (s: string): readonly string[] => [codeUnits(s), ordering(s), valueAt(s), holds(s), matches(s)]
