import type { FaultRates } from './history.ts'

/** Faults that come in directed histories only, by what they are: the rate is given there. */
export const directedFaults: readonly string[] = [
  'onlineUntold',
  'rowBusy',
  'rowRefused',
  'rowUnauthorized',
  'overtaken',
  'heldUp',
]

/** Every fault that may strike, with the rate it has in a history that has it. Whoever can fail says so here. */
export const faultRates: FaultRates = {
  // The network, by request.
  lost: 0.08,
  answerLost: 0.08,
  duplicate: 0.06,
  late: 0.03,
  tooMany: 0.02,
  tooManyBare: 0.02,
  unavailable: 0.02,
  failedBefore: 0.02,
  failedAfter: 0.03,
  html: 0.02,
  truncated: 0.02,
  brokenOff: 0.02,
  redirected: 0.01,
  neverAnswered: 0.02,
  // The store, by call.
  openHangs: 0.03,
  openFails: 0.05,
  loadHangs: 0.03,
  loadFails: 0.05,
  loadAnew: 0.2,
  commitHangs: 0.01,
  commitFails: 0.05,
  commitDisconnected: 0.03,
  commitUnanswered: 0.03,
  // Both, by call: the app dies right before or right after it takes effect.
  crashAtIo: 0.006,
  // What tabs tell each other, by message.
  messageLost: 0.3,
  messageTwice: 0.1,
  messageLate: 0.1,
  // The server, by request.
  halfApplied: 0.15,
  slowCommit: 0.2,
  slowestCommit: 0.08,
  // The live channel, by what it tells.
  upEarly: 0.3,
  liveLost: 0.3,
  liveTwice: 0.1,
  liveLate: 0.1,
  liveDown: 0.05,
  liveSilent: 0.05,
}
