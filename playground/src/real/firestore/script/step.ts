import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@rowkeep/kernel'
import type { Findings } from '../../judge.ts'
import type { Client, ClientName } from '../clients/client.ts'
import { codeOf } from '../clients/codes.ts'
import { within } from '../within.ts'
import type { World } from '../world.ts'

/** What one run of a step has to work with. */
export interface Stage {
  /** Who is asked. */
  readonly client: Client
  /** Another SDK, past the rules, for what others do meanwhile. */
  readonly outsider: Client
  /** A collection that nobody else uses. */
  readonly folder: string
  readonly world: World
}

/** One step of the script, the same for each SDK. */
export interface Step {
  /** What is compared. */
  readonly what: string
  /** What each SDK is to see. */
  readonly sees: Json
  run(stage: Stage): Promise<Json>
  /** Who sees something else by design, and why. */
  readonly apart?: { readonly [Name in ClientName]?: { readonly sees: Json; readonly why: string } }
  /** Who cannot take the step, and why. */
  readonly without?: { readonly [Name in ClientName]?: string }
}

/** What a promise gives, or the code it is refused with. */
export async function outcomeOf(promise: Promise<Json | void>): Promise<Json> {
  try {
    return (await promise) ?? null
  } catch (thrown) {
    return { refused: codeOf(thrown) }
  }
}

let folders = 0

const short = (value: Json): string => {
  const text = JSON.stringify(value)
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}

async function takenBy(client: Client, step: Step, world: World): Promise<Json> {
  folders += 1
  const outsider = client.name === 'admin' ? world.lite : world.admin
  const stage: Stage = { client, outsider, folder: `judge-${folders}`, world }
  // Also what stops one of them is seen, and the others are still asked.
  return within('the step', step.run(stage)).catch((thrown: unknown) => ({ threw: String(thrown) }))
}

/** @throws Error that names who saw something else */
async function compare(step: Step, clients: readonly Client[], world: World): Promise<string> {
  const seen: JsonObject[] = []
  for (const client of clients) {
    const { name } = client
    const [sees, saw] = [step.apart?.[name]?.sees ?? step.sees, await takenBy(client, step, world)]
    if (!isDeepStrictEqual(saw, sees)) seen.push({ name, sees, saw })
  }
  if (seen.length === 0) return short(step.sees)
  throw new Error(
    seen.map(({ name, sees, saw }) => `${name} saw\n${JSON.stringify(saw)}\nnot\n${JSON.stringify(sees)}`).join('\n'),
  )
}

/** Takes the steps with each client, and compares what they saw. */
export async function takeSteps(
  findings: Findings,
  steps: readonly Step[],
  clients: readonly Client[],
  world: World,
): Promise<void> {
  for (const step of steps) {
    const able = clients.filter(({ name }) => step.without?.[name] === undefined)
    let isAsTold = false
    await findings.check(`${step.what}: ${able.map(({ name }) => name).join(', ')}`, async () => {
      const note = await compare(step, able, world)
      isAsTold = true
      return note
    })
    for (const { name } of clients) {
      const [apart, missing] = [step.apart?.[name], step.without?.[name]]
      if (missing !== undefined) findings.skip(`${step.what}: ${name}`, missing)
      if (apart && isAsTold) findings.differs(`${step.what}: ${name} sees ${short(apart.sees)}`, apart.why)
    }
  }
}
