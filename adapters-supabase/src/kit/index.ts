export { type KitOptions, syncKit } from './profile.ts'
export { kitStatements } from './sql.ts'
