import type { RecordKey } from '../model/identity.ts'
import type { Ledger } from './ledger.ts'

const prefix = 'unreadable/'

/** Where it is noted, in table `meta`, that a row of the server cannot be read; cut to what a store takes as a key. */
export const unreadableKey = (key: RecordKey): string => (prefix + key).slice(0, 1024)

/** The records whose rows cannot be read. */
export const unreadableIn = ({ meta }: Ledger): readonly RecordKey[] =>
  [...meta.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(11))
