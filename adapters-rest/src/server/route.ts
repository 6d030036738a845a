import { SyncError } from '@rowkeep/kernel'
import { paths } from '../wire.ts'
import { refuse } from './answers.ts'

/** What a request asks for. */
export type Route = keyof typeof paths

const methods: { readonly [route in Route]: string } = { pull: 'POST', push: 'POST', query: 'POST', live: 'GET' }

/** The path the handler is mounted at. @throws SyncError `SYNC_CONFIG_INVALID` */
export function mountPath(path: string): string {
  if (path === '' || (path.startsWith('/') && !path.endsWith('/'))) return path
  throw new SyncError('SYNC_CONFIG_INVALID', { message: 'basePath must be empty, or begin and not end with /' })
}

const isJson = (type: string | null): boolean => /^application\/json\s*(;|$)/i.test(type ?? '')

/** Where a request goes; else the refusal: 404 for a path, 405 for a method, 415 for a body that is not JSON. */
export function routeOf(request: Request, mount: string): Route | Response {
  const path = new URL(request.url).pathname
  const route = (Object.keys(paths) as Route[]).find((name) => path === mount + paths[name])
  if (route === undefined) return refuse(404, { code: 'SYNC_PROTOCOL', message: 'there is nothing at this path' })
  const allow = methods[route]
  if (request.method !== allow) {
    return refuse(405, { code: 'SYNC_PROTOCOL', message: `${route} is asked by ${allow}` }, { allow })
  }
  if (allow === 'POST' && !isJson(request.headers.get('content-type'))) {
    return refuse(415, { code: 'SYNC_PROTOCOL', message: 'content-type must be application/json' })
  }
  return route
}
