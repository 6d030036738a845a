import type { Sketch } from './arguments.ts'

/** The model in Amplify's schema language, with the marker list that the adapter keeps in each row. */
function typeOf({ name, fields }: Sketch): string {
  const lines = [['id', 'ID!'], ...fields, ['_m', '[String]']].map(([field, type]) => `  ${field}: ${type}`)
  return `type ${name} @model @auth(rules: [{ allow: owner }]) {\n${lines.join('\n')}\n}`
}

const quoted = (list: readonly string[]): string => list.map((one) => `'${one}'`).join(', ')

function optionOf({ name, fields }: Sketch): string {
  const json = [...fields].filter(([, type]) => /^AWSJSON!?$/.test(type)).map(([field]) => field)
  const more = json.length === 0 ? '' : `, json: [${quoted(json)}]`
  const collection = `${name.charAt(0).toLowerCase()}${name.slice(1)}s`
  return `#   ${collection}: { model: '${name}', fields: [${quoted(['id', ...fields.keys()])}]${more}, owner: 'owner' },`
}

/** What fields that must be there ask of the app; nothing where there are none. */
function requiredOf(sketches: readonly Sketch[]): string {
  const required = sketches.flatMap(({ name, fields }) =>
    [...fields].filter(([, type]) => type.endsWith('!')).map(([field]) => `${name}.${field}`),
  )
  if (required.length === 0) return ''
  return `
# ${required.join(', ')} must be in every record: every create has to give them, and none may be set to
# null or left out later. AppSync shows nobody a row without one, and devices set it aside.
`
}

/** All that is to be set up for the models: the schema, and the rest as its comments. */
export function setupOf(sketches: readonly Sketch[]): string {
  return `# 1. schema.graphql

${sketches.map(typeOf).join('\n\n')}
${requiredOf(sketches)}
# 2. Conflict resolution: version checks, and no merging. Automerge would add to lists once more when a write is sent again.
#
# Amplify CLI (Gen 1): amplify update api, "Conflict resolution": enable, then "Optimistic Concurrency";
# or in amplify/backend/api/<name>/transform.conf.json:
#
#   "ResolverConfig": { "project": { "ConflictDetection": "VERSION", "ConflictHandler": "OPTIMISTIC_CONCURRENCY" } }
#
# AmplifyGraphqlApi (CDK):
#
#   dataStoreConfiguration: { project: { detectionType: 'VERSION', handlerType: 'OPTIMISTIC_CONCURRENCY' } }
#
# Deleted rows stay for BaseTableTTL, 43200 minutes (30 days) by default. Where you choose another, give it to the adapter
# as baseTableTtlMs, in ms.

# 3. The option models of appsyncAdapter(). Drop "owner" from models without an owner rule; name the plural where it is not
# the name and "s" (plural: 'Categories').
#
# models: {
${sketches.map(optionOf).join('\n')}
# }
`
}
