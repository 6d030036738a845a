import { historyOf, played, playedTwice, subjectOf } from '@rowkeep/conformance-tests/simulation'
import { expect, it } from 'vitest'
import { subjects } from '../src/simulate/subjects.ts'

const wanted = (profile: string) => ({ profile, users: 1 })

const quick = ['rest-plain', 'rest-sweep', 'rest-list', 'supabase-plain', 'supabase-bare', 'firestore', 'appsync']

it.each(quick)('%s comes through histories full of faults', { timeout: 120_000 }, async (profile) => {
  for (let seed = 1; seed <= 12; seed += 1) {
    const { violations } = await played(historyOf(seed, wanted(profile)), subjectOf(subjects, profile))
    expect(violations, `seed ${seed}`).toEqual([])
  }
})

// Their doubles are over an embedded PostgreSQL.
it.each(['rest', 'supabase'])('%s comes through a few', { timeout: 120_000 }, async (profile) => {
  for (let seed = 1; seed <= 2; seed += 1) {
    const { violations } = await played(historyOf(seed, wanted(profile)), subjectOf(subjects, profile))
    expect(violations, `seed ${seed}`).toEqual([])
  }
})

it('does the same over an adapter each time', { timeout: 120_000 }, async () => {
  for (let seed = 20; seed < 30; seed += 1) {
    const { violations } = await playedTwice(historyOf(seed, wanted('rest-plain')), subjectOf(subjects, 'rest-plain'))
    expect(violations, `seed ${seed}`).toEqual([])
  }
})
