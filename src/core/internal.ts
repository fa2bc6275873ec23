/** For folders above; apart from `index.ts` because it loads a library that pages that only compute do not need. */
export {
  type DocumentKind,
  type ParsedDocument,
  parseObject,
  parseText,
  requireDocument,
} from './document/document.js'
export { type DocumentPlace, type DocumentProblem, readText } from './document/text.js'
export { dottedPath, shown, type Violation, validate } from './document/validate.js'
export { globMatcher } from './glob.js'
