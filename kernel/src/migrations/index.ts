export { add, convert, type RecordChange, remove, rename } from './changes.ts'
export { type Migrations, type MigrationsOptions, migrations } from './migrations.ts'
export type { MigrationStep } from './plan.ts'
