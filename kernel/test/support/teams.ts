import type { Feed, PullPage, RemoteAdapter, RemoteChange, ScopedRemote } from '../../src/index.ts'
import { TestServer } from './server.ts'

/** A server with a feed for each team a user is in: a task is in the feeds of the teams that its `tags` name. */
export class TeamServer extends TestServer {
  /** The teams of the user. */
  teams: string[] = []
  /** What is named instead of a feed for each team. */
  named: unknown
  /** How often it was asked for the feeds. */
  asked = 0
  /** The feeds pulled, in order. */
  get pulled(): readonly string[] {
    return this.pulls.map(({ feed }) => feed.id)
  }

  task(id: string, ...tags: readonly string[]): void {
    this.write('tasks', id, { id, title: id, tags })
  }

  scoped(): RemoteAdapter & ScopedRemote {
    const inner = this.adapter()
    return {
      ...inner,
      feeds: async () => {
        await Promise.resolve()
        this.asked += 1
        if (typeof this.named === 'function') return this.named()
        return this.named ?? this.teams.map((id): Feed => ({ id, collections: ['tasks'] }))
      },
      pull: async (request, context) => seenBy(request.feed.id, await inner.pull(request, context)),
    }
  }
}

/** A page as a team is given it: a row that is in other teams only is one that left. */
function seenBy(team: string, page: PullPage): PullPage {
  if (page.kind === 'expired') return page
  const changes = page.changes.flatMap((change): RemoteChange[] => {
    const { kind, collection, id } = change
    if (kind !== 'record' || (change.record['tags'] as readonly string[] | undefined)?.includes(team)) return [change]
    return page.kind === 'snapshot' ? [] : [{ kind: 'eviction', collection, id }]
  })
  return { ...page, changes }
}
