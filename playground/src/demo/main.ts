import { Differed } from './checks.ts'
import { openScreen } from './screen.ts'
import { type BackendName, backendNames, isBackend } from './settings.ts'
import { openStage } from './stage.ts'
import { story } from './story/story.ts'

/** The backend that was asked for; ends the process where there is none of that name. */
function chosen(args: readonly string[]): BackendName {
  const [, name = 'rest'] = /^--backend=(.*)$/.exec(args[0] ?? '--backend=rest') ?? ['', '']
  if (args.length <= 1 && isBackend(name)) return name
  process.stderr.write(`usage: npm run demo -- [--backend=${backendNames.join('|')}]\n`)
  process.exit(2)
}

const backend = chosen(process.argv.slice(2))
const screen = openScreen(process.stdout, process.env)
const stage = await openStage(backend)

let stopped: NodeJS.Signals | undefined

// Ctrl-C and the like end every process; the story then ends by itself, and everything is tidied up below.
for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  process.on(signal, () => {
    stopped = signal
    process.exitCode = exitCode
    void stage.clear()
  })
}

try {
  screen.title(`Rowkeep over ${backend}: one server, two devices, three processes`)
  for (const { tells, play } of story) await screen.step(tells, (progress) => play(stage, progress))
  screen.success('Both devices and the server agree.')
} catch (error) {
  // An outcome that differs explains itself; anything else is a defect, and its place is worth knowing.
  const reason = error instanceof Error && !(error instanceof Differed) ? error.stack : undefined
  screen.failure(stopped === undefined ? (reason ?? String(error)) : `stopped (${stopped})`)
  process.exitCode ??= 1
} finally {
  await stage.clear()
}
