import { describeMatrix } from './describe.ts'

describeMatrix('firestore')
