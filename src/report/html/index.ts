export { toHtml } from './page.js'
export { viewToHtml } from './view.js'
