// Runs the suites of `vitest.browser.config.ts` in Chromium. Without one it says so and ends well, unless `--strict` is given.
// What else is given goes to vitest: `npm run test:browser -- adapters-rest`.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chromium } from 'playwright'

const { CHROMIUM_PATH: given } = process.env
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', chromium.executablePath()]
const found = given === undefined ? places.find((place) => existsSync(place)) : given

const args = process.argv.slice(2)
const isStrict = args.includes('--strict')

if (found === undefined || !existsSync(found)) {
  console.log(`skipped: there is no Chromium at ${given ?? places.join(', ')}`)
  console.log('To get it: apt-get install -y chromium, or npx playwright install chromium; or set CHROMIUM_PATH.')
  process.exitCode = isStrict ? 1 : 0
} else {
  const rest = args.filter((arg) => arg !== '--strict')
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.browser.config.ts', ...rest]
  const env = { ...process.env, CHROMIUM_PATH: found }
  process.exitCode = spawnSync(process.execPath, vitest, { stdio: 'inherit', env }).status ?? 1
}
