/** For folders above; apart from `index.ts` because it loads a library that pages that only compute do not need. */
export { globMatcher } from './glob.js'
