import { describeMatrix } from './describe.ts'

describeMatrix('supabase')
