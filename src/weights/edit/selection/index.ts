/** Exact selection by size over streams of elements. */
export { f32AtLeast, infinityKey, keyBits, keyOf, magnitudeOf, type Precision } from './keys.js'
export { type Selection, type Stream, select } from './select.js'
export { commonPrecision, precisionOf, streamOf } from './streams.js'
