export { memoryStore } from '@rowkeep/kernel'
