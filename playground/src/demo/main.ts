import { Differed } from './checks.ts'
import { openScreen } from './screen.ts'
import { openStage } from './stage.ts'
import { story } from './story/story.ts'

const screen = openScreen(process.stdout, process.env)
const stage = await openStage()

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
  screen.title('Rowkeep: one server, two devices, three processes')
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
