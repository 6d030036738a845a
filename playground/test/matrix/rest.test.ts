import { describeMatrix } from './describe.ts'

describeMatrix('rest')
