import { type Case, create, get, ifMatch, ifNoneMatch, put, remove } from './cases.ts'

const strict = 'the double insists on a precondition (RFC 6585, 3), so that an adapter that forgets one is found out'
const star =
  "armadietto's own error (RFC 9110, 13.1.1: * is any that stands); the adapter names the version it writes over"
const mixed = 'armadietto takes If-None-Match of a PUT for If-Match, as its README says; the adapter sends only * there'

/** Where the servers are known to differ. None of it is sent by the adapter while it knows a version. */
export const knownCases: readonly Case[] = [
  {
    what: 'an update without a precondition',
    asks: [create, put('second'), get()],
    known: { double: '201 new | 428 | 200 newest first', judge: '201 new | 200 new | 200 newest second', why: strict },
  },
  {
    what: 'a deletion without a precondition',
    asks: [create, remove(), get()],
    known: { double: '201 new | 428 | 200 newest first', judge: '201 new | 200 | 404', why: strict },
  },
  {
    what: 'an update of any version',
    asks: [create, put('second', ifMatch('*')), get()],
    known: { double: '201 new | 200 new | 200 newest second', judge: '201 new | 412 | 200 newest first', why: star },
  },
  {
    what: 'an update of any version of what is not there',
    asks: [put('first', ifMatch('*')), get()],
    known: { double: '412 | 404', judge: '201 new | 200 newest first', why: star },
  },
  {
    what: 'a deletion of any version',
    asks: [create, remove(ifMatch('*')), get()],
    known: { double: '201 new | 200 | 404', judge: '201 new | 412 | 200 newest first', why: star },
  },
  {
    what: 'an update of one of several versions',
    asks: [create, put('second', ifMatch('"none", {newest}')), get()],
    known: {
      double: '201 new | 200 new | 200 newest second',
      judge: '201 new | 412 | 200 newest first',
      why: 'armadietto reads a list as one tag (RFC 9110, 13.1.1: any of them); the adapter names one',
    },
  },
  {
    what: 'an update under a tag without quotes',
    asks: [create, put('second', ifMatch('{bare}')), get()],
    known: {
      double: '201 new | 412 | 200 newest first',
      judge: '201 new | 200 new | 200 newest second',
      why: 'armadietto looks at no quotes; without them it is no entity tag (RFC 9110, 8.8.3), and the double is strict',
    },
  },
  {
    what: 'an update unless it is this version',
    asks: [create, put('second', ifNoneMatch('{newest}')), get()],
    known: { double: '201 new | 412 | 200 newest first', judge: '201 new | 200 new | 200 newest second', why: mixed },
  },
  {
    what: 'an update unless it is another version',
    asks: [create, put('second', ifNoneMatch('"none"')), get()],
    known: { double: '201 new | 200 new | 200 newest second', judge: '201 new | 412 | 200 newest first', why: mixed },
  },
  {
    what: 'a read unless it is this version, by a weak tag',
    asks: [create, get(ifNoneMatch('W/{newest}'))],
    known: {
      double: '201 new | 304 newest',
      judge: '201 new | 200 newest first',
      why: 'armadietto compares strongly (RFC 9110, 13.1.2: weakly); see what `fresh` says',
    },
  },
  {
    what: 'a read unless there is any version',
    asks: [create, get(ifNoneMatch('*'))],
    known: {
      double: '201 new | 304 newest',
      judge: '201 new | 200 newest first',
      why: 'armadietto does not know * there (RFC 9110, 13.1.2); see what `fresh` says',
    },
  },
  {
    what: 'a token that nobody gave',
    asks: [{ ...get(), token: 'nobodys' }],
    known: {
      double: '401',
      judge: '403',
      why: 'armadietto has no 401 here (RFC 6750, 3.1: invalid_token is 401); to the adapter a 403 is SYNC_FORBIDDEN',
    },
  },
]
