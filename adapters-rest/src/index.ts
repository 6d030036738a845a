export { paths, userHeader } from './wire.ts'
