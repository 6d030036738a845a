import { describeThemes } from './describe.ts'

describeThemes('firestore')
