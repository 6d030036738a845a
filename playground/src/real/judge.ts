/** Where a judge writes down what it found. */
export interface Findings {
  /** Runs a check and notes how it ended; a text it gives is noted beside it. Never throws. */
  check(what: string, run: () => Promise<string | undefined | void>): Promise<void>
  /** Notes where the double and the judge are known to answer differently, and why that is no fault. */
  differs(what: string, why: string): void
  /** Notes what was not run, and why. */
  skip(what: string, why: string): void
}

/** Packages of a judge, installed in a folder of their own. */
export interface Installed {
  /** The folder; it holds `node_modules`. */
  readonly folder: string
  /** Imports an ES module of it. */
  load(specifier: string): Promise<unknown>
  /** Requires a CommonJS module of it. */
  require(specifier: string): unknown
}

/** Somebody who did not write the doubles, and can tell whether they behave. */
export interface Judge {
  /** As chosen on the command line: `npm run test:real -- <name>`. */
  readonly name: string
  /** Who it is, for the report. */
  readonly who: string
  /** By name, the exact version. They are installed for the run, and are no dependencies of the project. */
  readonly packages: Readonly<Record<string, string>>
  /** Further parts of the install's package.json, such as `overrides`. */
  readonly manifest?: Readonly<Record<string, unknown>>
  run(findings: Findings, installed: Installed): Promise<void>
}
