import { profiles, type Subjects } from '@rowkeep/conformance-tests/simulation'

/** Everything that can be simulated, by name. */
export const subjects: Subjects = { ...profiles }
