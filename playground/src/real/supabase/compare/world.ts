import { supabaseDouble } from '@rowkeep/adapters-supabase/testing'
import type { Backend } from '@rowkeep/conformance-tests'
import { modelServer } from '@rowkeep/kernel/testing'
import { freshBackend } from '../lite/backend.ts'
import type { Project } from '../lite/project.ts'
import type { Shape } from '../lite/tables.ts'

/** A backend that a chapter is played on. */
export interface World {
  readonly shape: Shape
  readonly backend: Backend
  /** A text of the wire in words that both backends share. */
  plain(text: string): string
}

/** The origin of both, so that requests are the same. */
const { origin } = supabaseDouble()

const moments = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)/g

// Clocks differ, and lite words a moment as PostgreSQL does for people: 2026-01-01 00:00:00.5+00.
const withoutMoments = (text: string): string => text.replace(moments, '<moment>')

/** A clock that moves whenever it is looked at, so that rows stand in the order in which they were written. */
function steadyClock(): { now(): number } {
  let at = Date.parse('2026-01-01T00:00:00Z')
  return {
    now: () => {
      at += 25
      return at
    },
  }
}

/** A fresh double. */
export const doubleWorld = (shape: Shape): World => ({
  shape,
  backend: supabaseDouble({ marked: shape === 'marked', server: modelServer({ env: steadyClock() }) }),
  plain: withoutMoments,
})

/** The project, emptied. */
export async function liteWorld(project: Project): Promise<World> {
  const { ada, bob } = project.users
  return {
    shape: project.shape,
    backend: await freshBackend(project, origin),
    plain: (text) => withoutMoments(text).replaceAll(ada.id, 'ada').replaceAll(bob.id, 'bob'),
  }
}
