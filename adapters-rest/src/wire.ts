/**
 * The one wire form, shared by the adapter and the server. Bodies are the contract's own shapes as JSON.
 *
 * - `POST {url}/pull`  `PullRequest`  -> 200 `PullPage`
 *   with `digest: true` (and `cursor: null`, `limit: 1`, for a server that does not know it) -> 200 `{ digest }`, see `digestOf`. Optional
 * - `POST {url}/push`  `PushRequest`  -> 200 `PushVerdict[]`, one per operation; a refusal is a verdict, not a status
 * - `POST {url}/query` `QueryRequest` -> 200 `QueryPage`; with `count: true` instead of `limit`, `order` and `after` -> 200 `{ count }`. Optional
 * - `GET  {url}/live?collections=a,b` -> 200 `text/event-stream`: `event: up` once, then `event: poke` for each change, a comment at least every 25 s
 *
 * Every other status carries `{ "error": Failure }` as JSON.
 */
export const paths = { pull: '/pull', push: '/push', query: '/query', live: '/live' } as const

/** Names the user the call is for, percent-encoded; the server refuses a call whose credentials are somebody else's. */
export const userHeader = 'Rowkeep-User'
