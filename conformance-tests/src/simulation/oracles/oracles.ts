import { acceptedWritesEnd, countsAddUp } from './accepted-writes.ts'
import { refusedCreatesTakeAllAlong } from './built-on.ts'
import { closedIsNotSynced } from './closed.ts'
import { closedFeedsStandAlone } from './closed-feeds.ts'
import { conditionsHoldHere, conditionsHoldThere } from './conditions.ts'
import { converged } from './convergence.ts'
import { decisionsHold } from './decisions.ts'
import { effectsComeInOrder, idsTakeEffectOnce, listsGrow, wordsTakeEffectOnce } from './effects.ts'
import { eventsAreBounded, requestsEnd, triesAreBounded, waitsAreKept } from './effort.ts'
import { syncedMeansAllIsHere, syncedMeansNothingWaits } from './honest.ts'
import { whatLeftIsNotShown } from './leaving.ts'
import { limitsAreKept } from './limits.ts'
import { nobodyIsAskedAboutOwnWrites } from './own-echo.ts'
import { ownWritesShow } from './own-writes.ts'
import { parentsComeFirst } from './parents.ts'
import { idsNameOnePayload } from './payloads.ts'
import { readBeforeWriting } from './reading-first.ts'
import { remainsAreTrue } from './remains.ts'
import { resendsSaySo } from './resends.ts'
import { staysDeleted } from './revival.ts'
import { subscribersLookTwice } from './second-look.ts'
import { tokensStayApart } from './secrets.ts'
import { lastShownIsAtRest } from './shown-at-end.ts'
import { nothingIsSentSignedOut, refusedSignInIsFinal, signInIsRenewed } from './sign-in.ts'
import { queuesGoOn } from './standstill.ts'
import { nobodyStarves } from './starving.ts'
import type { Story } from './story.ts'
import { oneUserAtATime } from './switching.ts'
import { serverTransactionsAreWhole, shownTransactionsAreWhole } from './transactions.ts'
import { nothingIsOverwrittenUnasked } from './unasked.ts'
import { requestsAreOfTheirUser, restsWithItsUser } from './users.ts'
import { valuesArriveUnchanged } from './values.ts'
import { nothingVanishes } from './vanishing.ts'
import { olderVersionsRefuse, silentAfterTheEnd } from './versions.ts'
import type { Violation } from './violation.ts'
import { neverGoesBack } from './watchers.ts'

/** A judge of a history that has come to its end. */
type Oracle = (story: Story) => readonly Violation[] | Promise<readonly Violation[]>

/** Every judge. */
export const oracles: readonly Oracle[] = [
  acceptedWritesEnd,
  countsAddUp,
  decisionsHold,
  converged,
  idsTakeEffectOnce,
  idsNameOnePayload,
  wordsTakeEffectOnce,
  effectsComeInOrder,
  listsGrow,
  oneUserAtATime,
  olderVersionsRefuse,
  silentAfterTheEnd,
  neverGoesBack,
  ownWritesShow,
  lastShownIsAtRest,
  requestsAreOfTheirUser,
  restsWithItsUser,
  staysDeleted,
  remainsAreTrue,
  serverTransactionsAreWhole,
  shownTransactionsAreWhole,
  valuesArriveUnchanged,
  tokensStayApart,
  triesAreBounded,
  waitsAreKept,
  requestsEnd,
  eventsAreBounded,
  limitsAreKept,
  nothingIsOverwrittenUnasked,
  nobodyIsAskedAboutOwnWrites,
  closedIsNotSynced,
  syncedMeansNothingWaits,
  syncedMeansAllIsHere,
  nothingVanishes,
  resendsSaySo,
  parentsComeFirst,
  conditionsHoldHere,
  conditionsHoldThere,
  refusedSignInIsFinal,
  signInIsRenewed,
  nothingIsSentSignedOut,
  closedFeedsStandAlone,
  whatLeftIsNotShown,
  readBeforeWriting,
  queuesGoOn,
  refusedCreatesTakeAllAlong,
  nobodyStarves,
  subscribersLookTwice,
]
