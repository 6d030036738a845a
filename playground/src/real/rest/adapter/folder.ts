import type { Env } from '@rowkeep/kernel'

interface Folder {
  readonly items: Readonly<Record<string, unknown>>
}

/** A document as the row of a list; `undefined`: it was deleted since the folder was read. */
async function rowOf(url: URL, folder: Request, fetch: Env['fetch']): Promise<object | undefined> {
  const authorization = folder.headers.get('authorization') ?? ''
  const answer = await fetch(new Request(url, { headers: { authorization } }), { signal: folder.signal })
  if (answer.status === 404) return undefined
  if (answer.status !== 200) throw new Error(`armadietto answered ${answer.status} to a read of a document`)
  return { ...((await answer.json()) as object), etag: answer.headers.get('etag') }
}

/**
 * A folder of armadietto says which documents there are and not what is in them. This stands before it, as a server of the
 * app would: a folder is answered with its documents, under the folder's own `ETag` and preconditions. All else passes as
 * it is.
 */
export const withDocuments =
  (fetch: Env['fetch']): Env['fetch'] =>
  async (input, init) => {
    const request = new Request(input, init)
    const answer = await fetch(request, init)
    if (!request.url.endsWith('/') || answer.status !== 200) return answer
    const { items } = (await answer.json()) as Folder
    const documents = Object.keys(items).map((name) => new URL(encodeURIComponent(name), request.url))
    const rows = await Promise.all(documents.map((url) => rowOf(url, request, fetch)))
    const etag = answer.headers.get('etag')
    return Response.json(
      rows.filter((row) => row !== undefined),
      { headers: etag === null ? {} : { etag } },
    )
  }
