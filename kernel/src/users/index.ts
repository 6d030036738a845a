export { type ClearOptions, clear } from './clear.ts'
export { clearAndFetch } from './clear-and-fetch.ts'
export {
  keepLocal,
  promptIfUnsynced,
  type SwitchStrategy,
  type SyncThenSwitchOptions,
  syncThenSwitch,
  type Unsynced,
} from './strategies.ts'
export { switchUser } from './switch-user.ts'
