/** What the demo tells its processes through the environment: where the server is, and the folder that is theirs. */
export type Setting = 'DEMO_URL' | 'DEMO_FOLDER' | 'DEMO_PORT'

/** The value of a setting. @throws Error where the process was not started by the demo, which sets it */
export function setting(name: Setting): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start the demo with "npm run demo"`)
  return value
}
