/** A way in which lite is known to answer otherwise than the double, and why that is no fault of the double. */
export interface Known {
  readonly why: string
  /** Requests it shows in, as they are noted. */
  readonly asked: readonly RegExp[]
}

/** Each was looked up in the sources of PostgREST (`QueryParams.hs`, `RangeQuery.hs`, `Auth.hs`, `Payload.hs`). */
export const known: readonly Known[] = [
  {
    why: 'lite does not take `\\"` and `\\\\` within quotes for `"` and `\\`; PostgREST does (pQuotedValue)',
    asked: [/^GET notes\?or=\(title\.eq\."a\\"b",/],
  },
  {
    why: 'lite takes quotes around the whole of a value for quoting; outside of groups PostgREST takes them for text (pSingleVal)',
    asked: [/^GET notes\?title=eq\."Alpha"$/],
  },
  {
    why: 'lite takes blanks off a value; PostgREST takes the value as it is (pSingleVal)',
    asked: [/^GET notes\?title=eq\. beta$/],
  },
  {
    why: 'lite stumbles over a body that is no object of columns; PostgREST takes one without columns for a row of defaults, and what is no object for no rows (payloadAttributes)',
    asked: [/^POST notes\?select=\* (\{\}|"text"|5|null) /],
  },
  {
    why: 'lite guesses from the looks of a value that it is null, a boolean or a list; PostgREST leaves it to the column',
    asked: [/^GET notes\?title=n?eq\.(null|true|\{a\})$/],
  },
  {
    why: 'lite takes quotes around a column for part of its name, in groups and in `order`; PostgREST takes them off (pFieldName)',
    asked: [/^GET notes\?or=\("n"\./, /order="id"\.desc/],
  },
  {
    why: 'lite keeps only one of two groups; PostgREST joins them by `and`',
    asked: [/^GET notes\?or=.*&or=/],
  },
  {
    why: 'lite casts the text of a boolean by itself, and takes what is none for false; PostgreSQL casts it, or refuses it as 22P02',
    asked: [/^GET notes\?done=eq\.(T|perhaps|)$/],
  },
  {
    why: 'lite takes a filter without an operator for none; PostgREST cannot parse it (PGRST100)',
    asked: [/^GET notes\?id=eq$/],
  },
  {
    why: 'lite finds an unknown column in a group without its bracket; PostgREST cannot parse it (PGRST100)',
    asked: [/^GET notes\?or=id\.eq\.a$/],
  },
  {
    why: 'lite has no place right behind the last row; to PostgREST it is the end of the list (`lower > total` is out of range)',
    asked: [/^GET notes\?order=id&offset=[45] count=exact$/],
  },
  {
    why: 'a bearer that is no token at all is nobody to lite; PostgREST refuses it (PGRST301), as it does a forged one',
    asked: [/ Bearer a word$/],
  },
  {
    why: 'lite reads with any method it does not know; PostgREST knows no such method (PGRST117)',
    asked: [/^QUERY /],
  },
]
