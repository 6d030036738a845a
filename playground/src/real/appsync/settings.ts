/** What the judge tells its devices through the environment: where the API is, and where Amazon's packages are. */
export interface Settings {
  readonly JUDGE_ENDPOINT: string
  readonly JUDGE_FOLDER: string
  /** A title: notes that have it are out of the device's scope. Empty: all are in it. */
  readonly JUDGE_HIDDEN: string
  /** Who decides conflicts of DataStore: the app, or DataStore itself, as where an app says nothing. */
  readonly JUDGE_HANDLER: 'app' | 'own'
}

/** The value of a setting. @throws Error where the process was not started by the judge */
export function setting(name: keyof Settings): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: this is a part of npm run test:real`)
  return value
}
