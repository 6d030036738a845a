import { capabilitiesWith } from './capabilities.ts'
import { type Documents, documentsOf } from './documents.ts'
import type { AppsyncHub } from './live.ts'
import { SeenMarks } from './marks.ts'
import { type Model, type ModelOptions, modelOf } from './model.ts'
import { invalidOption, isPlain, mustBeKnown } from './names.ts'
import type { Remote } from './remote.ts'
import type { AppsyncClient, AuthMode } from './requests.ts'
import type { SessionSource } from './session.ts'

const DAY = 86_400_000

/** What {@link appsyncAdapter} takes. */
export interface AppsyncOptions {
  /** Made by `generateClient`: of `aws-amplify/api`, or of `@aws-amplify/api-graphql/internals`. */
  readonly client: AppsyncClient
  /**
   * Names the API, for example by its endpoint; never sent. Rows under another name are not compared with these, so give it
   * another name, too, after the tables were restored from a backup.
   */
  readonly api: string
  /** The type behind each collection. Collections that are not named here are refused with `SYNC_UNSUPPORTED`. */
  readonly models: Readonly<Record<string, ModelOptions>>
  /**
   * Who is signed in; asked before each request, and compared with the user the request is for. Required unless `authMode` is
   * `apiKey` or `none`: an API without users. What it throws ends the call unsent: a `SyncError` as it is, anything else as
   * `SYNC_AUTH_REQUIRED`.
   */
  readonly session?: SessionSource
  /** How AppSync is told who calls. `undefined`: the client's default. */
  readonly authMode?: AuthMode
  /** Amplify's `Hub`. With it the adapter listens to subscriptions (`live: 'hint'`); `undefined`: it does not. */
  readonly hub?: AppsyncHub
  /**
   * Renews the credentials after a 401, for example by `fetchAuthSession({ forceRefresh: true })`. `false`: the user is signed
   * out. A throw means that it could not be found out, and is tried again later. `undefined`: a 401 pauses until the app
   * starts the client again.
   */
  readonly refresh?: () => boolean | Promise<boolean>
  /** How long the API keeps deleted rows (`BaseTableTTL`), ms: a device that was away longer lists anew. Default 30 days. */
  readonly baseTableTtlMs?: number
  /** How much of the time before a run is read again by the next one, ms. Default 10 000. */
  readonly overlapMs?: number
}

const known = 'api authMode baseTableTtlMs client hub models overlapMs refresh session'.split(' ')
const authModes: readonly AuthMode[] = ['apiKey', 'oidc', 'userPool', 'iam', 'identityPool', 'lambda', 'none']

function mustBeFunction(name: string, value: unknown, example: string): void {
  if (typeof value !== 'function') throw invalidOption(`${name} must be a function, like ${example}`)
}

function mustBeMs(name: string, value: unknown, least: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least) return
  throw invalidOption(`${name} must be a whole number of at least ${least} ms`)
}

function checkClient(client: unknown): void {
  const { graphql, cancel } = (typeof client === 'object' && client !== null ? client : {}) as Partial<AppsyncClient>
  if (typeof graphql !== 'function' || typeof cancel !== 'function')
    throw invalidOption('client must be what generateClient() gives')
}

function checkUsers({ session, authMode, refresh }: AppsyncOptions): void {
  if (authMode !== undefined && !authModes.includes(authMode))
    throw invalidOption(`authMode must be one of ${authModes.join(', ')}`)
  if (session !== undefined)
    mustBeFunction('session', session, 'async () => ({ user: (await getCurrentUser()).userId })')
  else if (authMode !== 'apiKey' && authMode !== 'none')
    throw invalidOption("session is missing: say who is signed in, or give authMode 'apiKey' for an API without users")
  if (refresh !== undefined) mustBeFunction('refresh', refresh, 'async () => signedInAgain()')
}

function modelsOf(models: unknown): ReadonlyMap<string, Model> {
  const entries = isPlain(models) ? Object.entries(models as AppsyncOptions['models']) : []
  if (entries.length === 0)
    throw invalidOption(
      "models must name the type of each collection, like { tasks: { model: 'Task', fields: [...] } }",
    )
  return new Map(entries.map(([collection, options]) => [collection, modelOf(collection, options)]))
}

/** Each model's texts, made once. */
function documentsFor(models: ReadonlyMap<string, Model>): (model: Model) => Documents {
  const made = new Map([...models.values()].map((model) => [model, documentsOf(model)]))
  return (model) => made.get(model) ?? documentsOf(model)
}

function checkNames(options: unknown): void {
  if (!isPlain(options)) throw invalidOption('the options are missing: give { client, api, models, session }')
  mustBeKnown('', options, known)
}

/** The remote that the options describe. @throws SyncError `SYNC_CONFIG_INVALID` naming the option */
export function remoteOf(options: AppsyncOptions): Remote {
  checkNames(options)
  const { client, api, session, authMode, hub, baseTableTtlMs = 30 * DAY, overlapMs = 10_000 } = options
  checkClient(client)
  if (typeof api !== 'string' || !/^[!-~]{1,200}$/.test(api))
    throw invalidOption('api must name the API, like https://xxx.appsync-api.eu-west-1.amazonaws.com/graphql')
  checkUsers(options)
  if (hub !== undefined) mustBeFunction('hub.listen', hub?.listen, 'that of Hub')
  mustBeMs('baseTableTtlMs', baseTableTtlMs, 60_000)
  mustBeMs('overlapMs', overlapMs, 0)
  if (overlapMs >= baseTableTtlMs) throw invalidOption('overlapMs must be less than baseTableTtlMs')
  const models = modelsOf(options.models)
  return {
    place: api,
    api: { client, authMode, session },
    models,
    documentsOf: documentsFor(models),
    baseTableTtlMs,
    overlapMs,
    recordBytes: capabilitiesWith(baseTableTtlMs, 'none').limits.recordBytes,
    seen: new SeenMarks(),
  }
}
