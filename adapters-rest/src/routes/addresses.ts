import { SyncError } from '@rowkeep/kernel'
import { invalid } from '../options.ts'

/** Where one collection is. */
export interface Addresses {
  /** The list, with these parameters in its query. */
  list(query: Readonly<Record<string, string>>): string
  /**
   * One item.
   * @throws SyncError `SYNC_UNSUPPORTED` for an id that this template cannot name: the empty one, half of a surrogate pair, `.` and
   * `..` as a segment of their own, which every URL parser takes out of a path (WHATWG URL 4.4), however they are written
   */
  item(id: string): string
}

const place = '{id}'

function checkedPath(name: string, path: unknown): string {
  if (typeof path === 'string' && /^\/[^#\\\s]*$/.test(path) && !path.startsWith('//')) return path
  throw invalid(`${name} must be a path below url that starts with one slash, like /tasks`)
}

function encoded(id: string): string {
  try {
    return encodeURIComponent(id)
  } catch {
    throw unnameable('it holds half of a surrogate pair')
  }
}

const unnameable = (why: string): SyncError =>
  new SyncError('SYNC_UNSUPPORTED', { message: `no URL of this collection can name the id: ${why}` })

/**
 * The addresses of a collection. `item` is a template that holds `{id}` once, in a segment or in the query.
 * @throws SyncError `SYNC_CONFIG_INVALID` naming the path that is wrong
 */
export function addressesOf(name: string, path: unknown, item: unknown = `${String(path)}/${place}`): Addresses {
  const list = checkedPath(`collections.${name}.path`, path)
  const template = checkedPath(`collections.${name}.item`, item)
  const [before = '', after, ...more] = template.split(place)
  if (after === undefined || more.length > 0) throw invalid(`collections.${name}.item must hold {id} once`)
  return {
    list(query) {
      const text = String(new URLSearchParams(query))
      if (text === '') return list
      return `${list}${list.includes('?') ? '&' : '?'}${text}`
    },
    item(id) {
      if (id === '') throw unnameable('it is empty')
      const written = before + encoded(id) + after
      const [pathname = ''] = written.split('?')
      if (new URL(pathname, 'http://host').pathname === pathname) return written
      throw unnameable('URL parsers take it for a step to another folder; use an item template like "/tasks?id={id}"')
    },
  }
}
