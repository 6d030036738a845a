import { describeThemes } from './describe.ts'

describeThemes('appsync')
