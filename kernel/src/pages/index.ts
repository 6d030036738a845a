export { type Page, type PageQuery, readPage, watchCount, watchPage } from './pages.ts'
