import type { Sql } from '@rowkeep/adapters-rest/postgres'
import { parsedBody } from './body.ts'
import { become, type ProjectDatabase } from './database.ts'
import { Refusal } from './refusal.ts'

/** SQLSTATE -> status, the first that fits (PostgREST, "Errors"). */
const statuses: readonly (readonly [RegExp, number])[] = [
  [/^42501$/, 403],
  [/^(23503|23505)$/, 409],
  [/^(42883|42P01)$/, 404],
  [/^(08|53)/, 503],
  [/^57P01$/, 503],
  [/^28/, 403],
  [/^P0001$/, 400],
  [/^(09|25|2D|38|39|3B|40|54|55|57|58|F0|HV|P0|XX)/, 500],
]

/** What PostgREST makes of an error of the database. */
function refusalOf(thrown: unknown): unknown {
  const { code, message, detail } = thrown as {
    readonly code?: unknown
    readonly message?: string
    readonly detail?: string
  }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return thrown
  const status = statuses.find(([pattern]) => pattern.test(code))?.[1] ?? 400
  return new Refusal(status, code, message ?? '', detail ?? null)
}

interface Parameter {
  readonly name: string
  readonly type: string
}

/** The parameters of a function of `public`, from the catalog. @throws Refusal `PGRST202` unless it takes exactly these */
async function parametersOf(owner: Sql, name: string, given: readonly string[]): Promise<readonly Parameter[]> {
  const { rows } = await owner.query(
    `select p.name, format_type(t.type, null) as type from pg_proc f,
      unnest(f.proargnames) with ordinality p(name, place), unnest(f.proargtypes::oid[]) with ordinality t(type, place)
      where f.pronamespace = 'public'::regnamespace and f.proname = $1 and p.place = t.place order by p.place`,
    [name],
  )
  const parameters = rows as unknown as readonly Parameter[]
  const fits =
    parameters.length > 0 &&
    [...given].sort().join() ===
      parameters
        .map(({ name }) => name)
        .sort()
        .join()
  if (fits) return parameters
  const words = `Could not find the function public.${name}(${given.join(', ')}) in the schema cache`
  throw new Refusal(404, 'PGRST202', words)
}

const namesIn = (body: string): readonly string[] => Object.keys(Object(parsedBody(body)) as object)

async function called(sql: Sql, name: string, parameters: readonly Parameter[], body: string): Promise<string> {
  const columns = parameters.map((one) => `${one.name} ${one.type}`).join(', ')
  const args = parameters.map((one) => `${one.name} => x.${one.name}`).join(', ')
  const { rows } = await sql.query(
    `select public.${name}(${args})::text as answer from json_to_record($1::text::json) as x(${columns})`,
    [body],
  )
  return String(rows[0]?.['answer'] ?? 'null')
}

/** `POST /rest/v1/rpc/<name>`: the function in a transaction of its own, in the role of the caller. @throws Refusal */
export async function rpcAnswer(
  { owner, transaction }: ProjectDatabase,
  name: string,
  request: Request,
  user: string | undefined,
): Promise<Response> {
  if (request.method !== 'POST') throw new Refusal(405, 'PGRST101', `Cannot use the ${request.method} method on RPC`)
  const body = await request.text()
  const parameters = await parametersOf(owner, name, namesIn(body))
  try {
    const answer = await transaction(async (sql) => {
      await become(sql, user)
      return called(sql, name, parameters, body)
    })
    return new Response(answer, { headers: { 'content-type': 'application/json; charset=utf-8' } })
  } catch (thrown) {
    throw refusalOf(thrown)
  }
}
