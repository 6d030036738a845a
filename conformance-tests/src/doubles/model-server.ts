import type { JsonObject, PullRequest, PushRequest } from '@rowkeep/kernel'
import type { Backend } from '../harness.ts'
import { type Account, emptyAccount, isLive, keyOf } from './account.ts'
import { modelClock } from './model-clock.ts'
import { modelDigest } from './model-digest.ts'
import { type ModelLive, modelLive } from './model-live.ts'
import { modelPull } from './model-pull.ts'
import { modelPush } from './model-push.ts'
import { type ModelQuery, modelQuery } from './model-query.ts'
import type { Profile } from './profile.ts'

/** A {@link Backend} with all its optional parts. */
export type ModelServer = Required<Omit<Backend, 'socket' | 'wording'>>

/** The body of every call: who it is for, and the contract's own request. */
interface Call {
  readonly user: string
  readonly request: PullRequest & PushRequest & ModelQuery
}

const refusal = (status: number, code: string): Response => Response.json({ code }, { status })

/** The state of one model backend. */
class Model {
  readonly profile: Profile
  readonly clock: ReturnType<typeof modelClock>
  readonly live: ModelLive
  readonly forbidden: Set<string> = new Set()
  readonly accounts: Map<string, Account> = new Map()
  epoch = 'e1'
  floor = 0

  constructor(profile: Profile) {
    this.profile = profile
    this.clock = modelClock(profile.capabilities.feed === 'timestamp-overlap')
    this.live = modelLive(profile)
  }

  account(user: string): Account {
    const account = this.accounts.get(user) ?? emptyAccount()
    this.accounts.set(user, account)
    return account
  }

  /** A write behind the adapter's back, for `ada`. */
  put(collection: string, id: string, change: { record: JsonObject | null } | { evicted: true }): void {
    const { rows } = this.account('ada')
    const key = keyOf(collection, id)
    const row = rows.get(key)
    const before = { collection, id, record: null, contains: [], ...row }
    rows.set(key, { ...before, evicted: false, revision: (row?.revision ?? 0) + 1, at: this.clock.tick(), ...change })
    this.live.tell()
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const token = request.headers.get('authorization')?.slice('Bearer '.length) ?? url.searchParams.get('token') ?? ''
    const owner = ['ada', 'bob'].find((user) => token === `token-of-${user}`)
    if (owner === undefined) return refusal(401, 'SYNC_AUTH_REQUIRED')
    const trusted = this.profile.defect === 'other-user-served'
    if (url.pathname.endsWith('/live')) return this.live.response()
    const { user, request: body } = (await request.json()) as Call
    if (user !== owner && !trusted) return refusal(409, 'SYNC_USER_MISMATCH')
    if (url.pathname.endsWith('/pull')) return Response.json(modelPull(this.account(user), body, this, this.profile))
    if (url.pathname.endsWith('/digest')) return Response.json(modelDigest(this.seen(user), body.feed, this.profile))
    if (url.pathname.endsWith('/query')) return Response.json(modelQuery(this.account(user), body, this.profile))
    const verdicts = modelPush({ ...this.world(), account: this.account(user) }, body)
    this.live.tell()
    return Response.json(verdicts)
  }

  /** Whose rows a user is told of. */
  private seen(user: string): readonly Account[] {
    return this.profile.defect === 'digest-of-all-users' ? [...this.accounts.values()] : [this.account(user)]
  }

  private world(): Pick<Model, 'clock' | 'profile' | 'forbidden'> {
    return { clock: this.clock, profile: this.profile, forbidden: this.forbidden }
  }
}

/** A small backend in memory, to try the suite on: correct for its profile but for the one defect the profile names. */
export function modelServer(profile: Profile): ModelServer {
  const model = new Model(profile)
  return {
    origin: 'https://model.test',
    fetch: (request) => model.answer(request),
    async rows(collection) {
      const rows = [...model.account('ada').rows.values()].filter((row) => row.collection === collection)
      return rows.filter(isLive).map(({ record }) => structuredClone(record))
    },
    write: async (collection, record) => model.put(collection, record.id, { record: structuredClone(record) }),
    remove: async (collection, id) => model.put(collection, id, { record: null }),
    evict: async (collection, id) => model.put(collection, id, { evicted: true }),
    async forbid(_collection, id) {
      model.forbidden.add(id)
    },
    async expire() {
      model.floor = model.clock.tick()
    },
    async restore() {
      model.epoch = `e${Number(model.epoch.slice(1)) + 1}`
    },
    close: async () => model.live.close(),
  }
}
