export { viewToHtml } from './view.js'
