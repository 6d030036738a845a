/** The sum as JavaScript computes it; a missing or null number counts as 0. Too large is an error, never Infinity. */
const sum = (s: string): string => `
create or replace function ${s}.sum(p_value jsonb, p_by jsonb) returns jsonb
language plpgsql immutable set extra_float_digits = 1 as $fn$
begin
  if coalesce(jsonb_typeof(p_value), 'null') not in ('number', 'null') then
    raise exception using errcode = 'invalid_parameter_value', message = 'increment needs a number';
  end if;
  return to_jsonb(coalesce(nullif(p_value, 'null')::float8, 0) + p_by::float8);
end $fn$`

/** The list with more at its end; a missing or null one counts as empty. */
const extended = (s: string): string => `
create or replace function ${s}.extended(p_value jsonb, p_items jsonb) returns jsonb language plpgsql immutable as $fn$
begin
  if coalesce(jsonb_typeof(p_value), 'null') not in ('array', 'null') then
    raise exception using errcode = 'invalid_parameter_value', message = 'append needs a list';
  end if;
  return coalesce(nullif(p_value, 'null'), '[]') || p_items;
end $fn$`

/** The record after a change: set, then unset, then increment, then append, each on top-level fields. */
const changed = (s: string): string => `
create or replace function ${s}.changed(p_record jsonb, p_change jsonb) returns jsonb language plpgsql immutable as $fn$
declare
  v_record jsonb := p_record || coalesce(p_change->'set', '{}');
  v_field text;
  v_by jsonb;
begin
  v_record := v_record - array(select jsonb_array_elements_text(p_change->'unset'));
  for v_field, v_by in select key, value from jsonb_each(p_change->'increment') loop
    v_record := v_record || jsonb_build_object(v_field, ${s}.sum(v_record->v_field, v_by));
  end loop;
  for v_field, v_by in select key, value from jsonb_each(p_change->'append') loop
    v_record := v_record || jsonb_build_object(v_field, ${s}.extended(v_record->v_field, v_by));
  end loop;
  return v_record;
end $fn$`

/** What an operation's change makes of a record. */
export const changes = (s: string): readonly string[] => [sum(s), extended(s), changed(s)]
