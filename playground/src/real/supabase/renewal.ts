import { deepStrictEqual } from 'node:assert/strict'
import { supabaseDouble } from '@rowkeep/adapters-supabase/testing'
import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Findings } from '../judge.ts'
import { within } from './deadline.ts'
import type { Project } from './lite/project.ts'
import { key } from './lite/users.ts'

type Fetch = (request: Request) => Promise<Response>

interface Answer {
  readonly status: number
  readonly body: JsonObject
}

async function renewed(fetch: Fetch, token: string): Promise<Answer> {
  const request = new Request('https://double.supabase.test/auth/v1/token?grant_type=refresh_token', {
    method: 'POST',
    headers: { apikey: key, 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' },
    body: JSON.stringify({ refresh_token: token }),
  })
  const response = await within('the renewal of a session', fetch(request))
  return { status: response.status, body: (await response.json()) as JsonObject }
}

/** What a client keeps of a session, by type. */
function shapeOf({ status, body }: Answer): Json {
  const types = ['access_token', 'refresh_token', 'token_type', 'expires_in', 'expires_at'].map(
    (name) => typeof body[name],
  )
  const { id, aud, role } = body['user'] as JsonObject
  return { status, types, type: body['token_type'] ?? null, user: [typeof id, aud ?? null, role ?? null] }
}

/** Auth words its refusals by the version of its API that the client asks for; lite knows the older words alone. */
const codeOf = ({ body }: Answer): Json =>
  typeof body['code'] === 'string' ? body['code'] : (body['error_code'] ?? null)

/** The renewal of a session, and one that is no more. */
export async function compareRenewal(findings: Findings, project: Project): Promise<void> {
  const double = supabaseDouble()
  await findings.check(`${project.name}: the renewal of a session`, async () => {
    const theirs = await renewed(project.fetch, project.users.ada.refreshToken)
    deepStrictEqual(shapeOf(await renewed(double.fetch, 'refresh-of-ada')), shapeOf(theirs))
  })
  await findings.check(`${project.name}: the renewal of a session that is no more`, async () => {
    const gone = '00000000-0000-4000-8000-000000000000'
    const [ours, theirs] = [await renewed(double.fetch, gone), await renewed(project.fetch, gone)]
    deepStrictEqual([ours.status, codeOf(ours)], [theirs.status, codeOf(theirs)])
  })
}
