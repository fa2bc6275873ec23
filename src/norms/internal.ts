/** What folders above need beside the public norms: rules, and selection by size. Entered as an index is, but not public. */
export { complete } from './complete.js'
export { fromRule, isNorm, ruleOf } from './regularizer.js'
export type { CompleteNormRule, CompleteRule, MatrixRule, ShapedRule, VectorRule } from './rule.js'
export { passesOf, Selection, type Span, selectLargest } from './select.js'
