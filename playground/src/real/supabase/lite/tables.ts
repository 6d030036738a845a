import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const cli = fileURLToPath(new URL('cli/main.js', import.meta.resolve('@rowkeep/adapters-supabase')))

/** Which columns a table has beside the app's own: a version and a mark for deleted rows, or neither. */
export type Shape = 'marked' | 'bare'

/** The tables of the double, with the app's own columns. */
export const ownColumns = {
  notes: ['id', 'title', 'done', 'n', 'tags'],
  tasks: ['id', 'title', 'done', 'n', 'tags', 'place'],
} as const

/** What a Supabase project has before its first table. */
const project = `
do $do$ begin
  create role anon nologin;
  create role authenticated nologin;
  create role service_role nologin bypassrls;
exception when duplicate_object then
  null; -- Another project of the same cluster made them.
end $do$;
grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;`

const appTables = (collation: string | undefined): string => {
  const id = `id text ${collation === undefined ? '' : `collate "${collation}" `}primary key`
  const columns = `${id}, title text, done boolean, n double precision, tags text[]`
  return `
create table public.notes (${columns});
create table public.tasks (${columns}, place text);`
}

/** An app's own trigger: what is listed in `forbidden` may be written by nobody who comes through the API. */
const guard = `
create schema judge;
create table judge.forbidden (collection text, id text, primary key (collection, id));
create function judge.guard() returns trigger language plpgsql security definer as $fn$
begin
  if current_setting('role') in ('anon', 'authenticated')
    and exists (select from judge.forbidden f where f.collection = tg_table_name and f.id = coalesce(new.id, old.id)) then
    raise exception 'this row is not to be written' using errcode = '42501';
  end if;
  return coalesce(new, old);
end $fn$;
create trigger a_guard before insert or update or delete on public.notes for each row execute function judge.guard();
create trigger a_guard before insert or update or delete on public.tasks for each row execute function judge.guard();`

/** What our command prints for these tables. */
async function printed(shape: Shape): Promise<string> {
  const marks = shape === 'marked' ? ['--version=version', '--deleted=deleted'] : []
  const args = [cli, 'plain', 'notes', 'tasks', '--owner=user_id', ...marks]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
  return stdout
}

/** The SQL of one project, part by part. */
export async function statements(shape: Shape, collation: string | undefined): Promise<readonly string[]> {
  return [project, appTables(collation), await printed(shape), guard]
}
