// The only file that knows a backend. The app imports `remote` and nothing else.
import { restAdapter } from '@rowkeep/adapters-rest'

export const remote = restAdapter({ url: 'http://localhost:8080/sync', token: () => 'token-of-ada' })
