import { paths, userHeader } from '../wire.ts'

/** The sync wire in short, for whoever writes a server in another language. */
export const wire: string = `The sync wire. Everything is JSON in UTF-8 but the live stream; url is what restAdapter({ url }) was given.

Every request
  Authorization: Bearer <token>         where the adapter has a token
  ${userHeader}: <user>                   percent-encoded; refuse a token of anybody else: 401 SYNC_USER_MISMATCH

POST {url}${paths.pull}     one page of a feed
  asks     { "feed": { "id", "collections": ["tasks"], "filters"?: { "tasks": <filter> } }, "cursor": null | "...", "limit": 1000 }
  answers  { "kind": "snapshot" | "delta", "changes": [<change>], "cursor": "..." | null, "more": false, "epoch": "...", "now": <ms> }
           { "kind": "expired", "epoch": "...", "now": <ms> }      the cursor is too old, or nobody here made it
  change   { "kind": "record", "collection", "id", "revision": "7", "record": { ... } }
           { "kind": "tombstone", "collection", "id", "revision": "8" }
           { "kind": "eviction", "collection", "id" }              it left this user's scope and is not deleted
  Revisions are ordered: the longer text is newer, at equal length the greater. "more": false ends a run, nothing else
  does; its cursor is a point that no later commit can land before. A run never mixes kinds; after cursor null it is a
  snapshot. Filters may be left out of account.
  Optional: asked as above with "cursor": null, "limit": 1 and
           "digest": true      answer { "digest": "..." | null } in the place of a page, null where you cannot tell
  A digest is base64 of the SHA-256 of the UTF-8 of collection NUL id NUL revision NUL of each living row of the user in that
  feed, filters applied, in the order of these bytes. A server that answers a page has none.

POST {url}${paths.push}     operations of a user, in their order
  asks     { "operations": [<operation>], "atomic": false }        atomic: all or none
  operation { "opId": <uuid>, "kind": "create" | "update" | "delete", "collection", "id", "expected": "7" | null,
             "change": { "set"?, "unset"?, "increment"?, "append"? }, "record": { ... } | null, "condition"?: <filter>, "resend": false }
  answers  one verdict for each, in order:
           { "kind": "applied", "row"?: <change> }
           { "kind": "conflict", "row"?: <change> }                expected is not the newest revision
           { "kind": "rejected", "error": <failure> }              never under this id
           { "kind": "retry", "outcome": "unapplied", "error": <failure> }
  An opId names one payload for ever (all of it but record and resend): remember it with the effect, in one transaction. The
  same again is applied without a second effect; another payload under it is rejected with SYNC_ID_REUSED.

POST {url}${paths.query}    rows beside the feed; optional, without it restAdapter({ operators: [] })
  asks     { "collection", "filter"?: <filter>, "order"?: [{ "field", "descending": false }], "limit": 100, "after"?: "..." }
           { "collection", "filter"?: <filter>, "count": true }
  answers  { "rows": [<change of kind record>], "after": "..." | null }       null: there is no more
           { "count": 7 }
  Every operator means what it means on a device, or is refused: 422 SYNC_UNSUPPORTED. Ascending, null and absent come first, then
  false, true, numbers, and text by UTF-16 code unit; ties, and all without an order, by id. Nothing is stored for a query.

GET {url}${paths.live}?collections=tasks,projects     text/event-stream
  event: up      once, when changes are told from here on
  event: poke    for each change; data is needed and not read
  A comment at least every 25 s; after 60 s of silence the stream counts as dead.

Every other status carries { "error": <failure> }, failure { "code": "SYNC_...", "message"?, "retryAfterMs"?, "details"? }.
A server in JavaScript has it ready: syncHandler() of @rowkeep/adapters-rest/server.`
