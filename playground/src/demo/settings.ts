/** What the demo tells its processes through the environment: the backend, where it is, and the folder that is theirs. */
export type Setting = 'DEMO_BACKEND' | 'DEMO_URL' | 'DEMO_FOLDER' | 'DEMO_PORT'

/** The value of a setting. @throws Error where the process was not started by the demo, which sets it */
export function setting(name: Setting): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: start the demo with "npm run demo"`)
  return value
}

/** The backends the same app runs on. */
export const backendNames = ['rest', 'supabase', 'firestore', 'appsync'] as const

/** One of {@link backendNames}. */
export type BackendName = (typeof backendNames)[number]

/** Whether there is a backend of that name. */
export const isBackend = (name: string): name is BackendName => (backendNames as readonly string[]).includes(name)

/** The backend this process works with. @throws Error for a name that is none */
export function backendSetting(): BackendName {
  const name = setting('DEMO_BACKEND')
  if (isBackend(name)) return name
  throw new Error(`there is no backend ${name}; there are ${backendNames.join(', ')}`)
}
