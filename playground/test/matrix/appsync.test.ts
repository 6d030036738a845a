import { describeMatrix } from './describe.ts'

describeMatrix('appsync')
