import { within } from '../deadline.ts'
import type { Database, Opened } from './databases.ts'
import type { App, LitePackages } from './packages.ts'
import { type Shape, statements } from './tables.ts'
import { key, signUpBoth, type Users, withRealToken } from './users.ts'

/** A Supabase project of lite's with the tables of the double. */
export interface Project {
  readonly database: Database['name']
  /** For findings. */
  readonly name: string
  readonly shape: Shape
  /** Whether text is ordered as the double orders it. */
  readonly isCollated: boolean
  readonly users: Users
  /** As the double's. */
  fetch(request: Request): Promise<Response>
  /** A statement around lite, as the owner. */
  query: Opened['query']
  /** Resolves when no request is under way any more. */
  idle(): Promise<void>
  close(): Promise<void>
}

/** Work in turn, each as if it were alone. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }
}

async function appOn({ connection, run }: Opened, { App }: LitePackages, sql: readonly string[]): Promise<App> {
  const auth = {
    enabled: true,
    jwt_secret: 'a secret that nobody has to keep, of 32 bytes and more',
    publishable_key: key,
    secret_key: 'the-owner-s-key',
  } as const
  const app = new App({ connection, auth })
  await within('the set-up of Auth', app.ensureSystemSchema())
  for (const part of sql) await within('the set-up of tables', run(part))
  return app
}

/** Sets one up in a database of its own. */
export async function openProject(packages: LitePackages, database: Database, shape: Shape): Promise<Project> {
  const opened = await within(`${database.name}`, database.open(shape))
  const app = await appOn(opened, packages, await statements(shape, database.collation))
  const users = await signUpBoth(app)
  const turn = database.single ? inTurn() : <T>(work: () => Promise<T>): Promise<T> => work()
  const underWay = new Set<Promise<unknown>>()
  return {
    database: database.name,
    name: `lite on ${database.name}, ${shape} tables`,
    shape,
    isCollated: database.collation !== undefined,
    users,
    fetch(request) {
      const answer = turn(() => app.fetch(withRealToken(request, users)))
      const seen = answer.catch(() => undefined).finally(() => underWay.delete(seen))
      underWay.add(seen)
      return answer
    },
    query: (sql, params) =>
      within(
        'a statement',
        turn(() => opened.query(sql, params)),
      ),
    async idle() {
      await within('requests under way', Promise.all(underWay))
    },
    close: () => within('the end of a database', opened.connection.close()),
  }
}
