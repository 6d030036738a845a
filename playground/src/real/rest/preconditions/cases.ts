import type { Ask } from './peer.ts'

/** Requests that both servers are asked, in this order. */
export interface Case {
  readonly what: string
  readonly asks: readonly Ask[]
  /** Where they are known to differ: what each answers, and why that is no fault of the double. */
  readonly known?: { readonly double: string; readonly judge: string; readonly why: string }
}

type Headers = Ask['headers']

export const ifMatch = (tag: string): Headers => ({ 'if-match': tag })
export const ifNoneMatch = (tag: string): Headers => ({ 'if-none-match': tag })

export const get = (headers: Headers = {}): Ask => ({ method: 'GET', of: 'item', headers })
const list = (headers: Headers = {}): Ask => ({ method: 'GET', of: 'list', headers })
export const put = (title: string, headers: Headers = {}): Ask => ({ method: 'PUT', of: 'item', headers, title })
export const remove = (headers: Headers = {}): Ask => ({ method: 'DELETE', of: 'item', headers })

export const create: Ask = put('first', ifNoneMatch('*'))
const update: Ask = put('second', ifMatch('{newest}'))
const removeNewest = remove(ifMatch('{newest}'))

/** What an adapter that writes under versions says and hears. */
export const itemCases: readonly Case[] = [
  { what: 'what is not there', asks: [get()] },
  { what: 'a create, and what it made', asks: [create, get()] },
  { what: 'a second create changes nothing', asks: [create, put('second', ifNoneMatch('*')), get()] },
  { what: 'an update of the newest version', asks: [create, update, get()] },
  { what: 'an update that writes the same', asks: [create, put('first', ifMatch('{newest}')), get()] },
  { what: 'a stale update changes nothing', asks: [create, update, put('third', ifMatch('{oldest}')), get()] },
  { what: 'an update of what is not there makes nothing', asks: [put('first', ifMatch('"none"')), get()] },
  { what: 'an update under a weak tag changes nothing', asks: [create, put('second', ifMatch('W/{newest}')), get()] },
  { what: 'a read of a version that is known', asks: [create, get(ifNoneMatch('{newest}'))] },
  { what: 'a read of one of several that are known', asks: [create, get(ifNoneMatch('"none", {newest}'))] },
  { what: 'a read of a version that is old', asks: [create, update, get(ifNoneMatch('{oldest}'))] },
  { what: 'a deletion of the newest version', asks: [create, removeNewest, get()] },
  { what: 'a stale deletion changes nothing', asks: [create, update, remove(ifMatch('{oldest}')), get()] },
  { what: 'a deletion under a weak tag changes nothing', asks: [create, remove(ifMatch('W/{newest}')), get()] },
  { what: 'a deletion of what is not there', asks: [remove(ifMatch('"none"')), get()] },
  { what: 'a deletion of any version of what is not there', asks: [remove(ifMatch('*')), get()] },
  { what: 'a deletion that comes twice', asks: [create, removeNewest, removeNewest] },
  { what: 'an update of what was deleted makes nothing', asks: [create, removeNewest, update, get()] },
  { what: 'a create after a deletion has a version of its own', asks: [create, removeNewest, create, get()] },
  {
    what: 'the version before a deletion is not the one after',
    asks: [create, removeNewest, create, put('third', ifMatch('{oldest}')), get()],
  },
]

const listAgain = list(ifNoneMatch('{list}'))

/** What a device that reads whole lists says and hears. */
export const listCases: readonly Case[] = [
  { what: 'a list that is known is not sent again', asks: [create, list(), listAgain] },
  { what: 'a list is new after a create', asks: [list(), create, listAgain] },
  { what: 'a list is new after an update', asks: [create, list(), update, listAgain] },
  { what: 'a list is new after a deletion', asks: [create, list(), removeNewest, listAgain] },
  {
    what: 'a list stays after a write that was refused',
    asks: [create, list(), put('second', ifMatch('"none"')), listAgain],
  },
]
