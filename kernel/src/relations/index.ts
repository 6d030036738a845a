export type { OnDelete } from '../model/schema.ts'
export { type DeleteOptions, type DeletePlan, type DeleteStep, deleteWithRelations, planDelete } from './delete.ts'
export { belongsTo, hasMany, hasOne, manyToMany, type RelationOptions } from './values.ts'
