/**
 * The edit module: what norms, edits and comparisons of weights compute with, apart from `array` so that a page that only computes does not load
 * it. `src/kernels/edit.ts` says what each export does. Pointers are byte offsets in the imported memory. No static data; scratch memory is lent
 * by the caller.
 */
export * from './groups'
export * from './pairs'
export * from './pattern'
export * from './prune'
export * from './scale'
export * from './select'
export * from './simplex'
export * from './soft'
export * from './finite'
export * from './moments'
export * from './encode'
export * from './changes'
