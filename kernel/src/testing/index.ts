export type { Double, DoubleSocket } from './double.ts'
export { type ModelRow, type ModelServer, type ModelServerOptions, modelServer } from './model-server.ts'
