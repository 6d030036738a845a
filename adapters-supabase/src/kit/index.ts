export { type KitOptions, type KitProfile, syncKit } from './profile.ts'
export { kitStatements } from './sql.ts'
