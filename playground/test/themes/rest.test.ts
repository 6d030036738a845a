import { describeThemes } from './describe.ts'

describeThemes('rest')
