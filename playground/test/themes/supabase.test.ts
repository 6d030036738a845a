import { describeThemes } from './describe.ts'

describeThemes('supabase')
