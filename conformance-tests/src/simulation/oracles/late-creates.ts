import type { World } from '../world.ts'

/**
 * Whether a create may take effect after its device has been told that it did not: a copy of the request comes late, no backend
 * remembers what it refused, and by then there is no row that would refuse it again.
 */
export const createsComeLate = ({ history: { faults }, site }: World): boolean =>
  !site.promises.exactlyOnce || ['late', 'duplicate'].some((fault) => (faults[fault] ?? 0) > 0)
