/** The command was called wrongly; the message says how to call it. */
export class UsageError extends Error {}

/** A model as it was named on the command line. `id` is not among the fields. */
export interface Sketch {
  readonly name: string
  /** Field name -> GraphQL type. */
  readonly fields: ReadonlyMap<string, string>
}

/** What `--help` prints. */
export const usage: string = `Usage: npx @rowkeep/adapters-appsync <Model=field:Type,...>...

Prints schema.graphql for the models. Its comments say which conflict resolution to choose on AWS, and hold the option
models of appsyncAdapter().

  npx @rowkeep/adapters-appsync "Task=title:String,done:Boolean,n:Float,tags:[String],place:AWSJSON" > schema.graphql

Types: ID String Int Float Boolean AWSDate AWSTime AWSDateTime AWSTimestamp AWSEmail AWSJSON AWSURL AWSPhone
AWSIPAddress, [Type] for a list, Type! for a field that must be there. The field id: ID! is added.

  -h, --help    this text

Exit codes: 0 printed; 2 wrong use, with the reason on stderr.`

const name = /^[A-Za-z][_0-9A-Za-z]*$/
const scalar =
  'ID|String|Int|Float|Boolean|AWSDate|AWSTime|AWSDateTime|AWSTimestamp|AWSEmail|AWSJSON|AWSURL|AWSPhone|AWSIPAddress'
const type = new RegExp(`^(\\[(${scalar})!?\\]|(${scalar}))!?$`)

function sketchOf(argument: string): Sketch {
  const [model = '', list = '', ...rest] = argument.split('=')
  if (!name.test(model) || list === '' || rest.length > 0)
    throw new UsageError(`"${argument}" is no model: write it like Task=title:String,done:Boolean`)
  // Amplify makes createTask of both, task and Task, so the name of a type in small letters names no operation.
  if (/^[a-z]/.test(model)) {
    const capital = `${model.charAt(0).toUpperCase()}${model.slice(1)}`
    throw new UsageError(
      `"${model}" must begin with a capital, ${capital}: Amplify names its operations create${capital}`,
    )
  }
  const fields = new Map<string, string>()
  for (const entry of list.split(',')) {
    const [field = '', of = '', ...more] = entry.split(':')
    if (!name.test(field) || more.length > 0) throw new UsageError(`"${entry}" of ${model} is no field:Type`)
    if (!type.test(of)) throw new UsageError(`${model}.${field} has the type "${of}", which AppSync does not have`)
    if (fields.has(field)) throw new UsageError(`${model}.${field} is named twice`)
    if (field !== 'id') fields.set(field, of)
  }
  return { name: model, fields }
}

/** The models named on the command line; `undefined`: help is wanted. @throws UsageError */
export function sketchesOf(args: readonly string[]): readonly Sketch[] | undefined {
  if (args.includes('--help') || args.includes('-h')) return undefined
  const option = args.find((one) => one.startsWith('-'))
  if (option !== undefined) throw new UsageError(`there is no option ${option}`)
  if (args.length === 0) throw new UsageError('name at least one model')
  return args.map(sketchOf)
}
