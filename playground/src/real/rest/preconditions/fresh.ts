import { type PlainDoubleOptions, plainDouble } from '@rowkeep/adapters-rest/testing'
import type { Findings, Installed } from '../../judge.ts'

/** As much of `fresh` as is used: whether what the client has is still the newest, by which Express answers with 304. */
type Fresh = (request: { readonly 'if-none-match': string }, answer: { readonly etag: string }) => boolean

const headersFor = (tag: string): readonly string[] => {
  const strong = tag.replace(/^W\//, '')
  const bare = strong.replaceAll('"', '')
  return [
    ...[tag, strong, `W/${strong}`, '*', `"x", ${tag}`, `${tag}, "x"`, `"x",W/${strong},"y"`],
    ...['"x"', 'W/"x"', '"x", "y"', `"${bare}x"`, `"x${bare}"`, bare, '""'],
  ]
}

/** Whether the double and `fresh` say the same of each header; gives their number. */
async function compareReads(fresh: Fresh, versions: NonNullable<PlainDoubleOptions['versions']>): Promise<string> {
  const double = plainDouble({ versions })
  await double.write('notes', { id: 'a' })
  const get = (headers: Readonly<Record<string, string>>): Promise<Response> =>
    double.fetch(
      new Request(`${double.origin}/notes/a`, { headers: { authorization: 'Bearer token-of-ada', ...headers } }),
    )
  const etag = (await get({})).headers.get('etag')
  if (etag === null) throw new Error('the double gives no ETag')
  const texts = headersFor(etag)
  const wrong: string[] = []
  for (const text of texts) {
    const { status } = await get({ 'if-none-match': text })
    const wanted = fresh({ 'if-none-match': text }, { etag }) ? 304 : 200
    if (status !== wanted) wrong.push(`If-None-Match: ${text} of ${etag}: the double answers ${status}, not ${wanted}`)
  }
  if (wrong.length > 0) throw new Error(wrong.join('\n'))
  return `${texts.length} headers`
}

/** Where armadietto reads `If-None-Match` in a way of its own, Express's reader judges the double. */
export async function compareWithFresh(findings: Findings, installed: Installed): Promise<void> {
  const fresh = installed.require('fresh') as Fresh
  for (const versions of ['strong', 'weak'] as const) {
    await findings.check(`reads by If-None-Match of ${versions} tags, as \`fresh\` reads it`, () =>
      compareReads(fresh, versions),
    )
  }
}
