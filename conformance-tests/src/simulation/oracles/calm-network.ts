import type { History } from '../history/history.ts'

/** Acts that take requests or answers away. */
const losses: readonly string[] = ['offline', 'outage', 'freeze', 'suspend']

/** Whether every request gets through: then what a tab was told is what the server said. */
export const isNetworkCalm = ({ faults, steps }: History): boolean =>
  Object.keys(faults).length === 0 && !steps.some(({ act }) => losses.includes(act.do))
