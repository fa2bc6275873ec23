export { toHtml } from './page.js'
