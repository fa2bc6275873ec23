/** The array module: what tensors compute with. `src/kernels/array.ts` says what each export does. Pointers are byte offsets in the imported memory. */
export * from './elementwise/index'
export * from './reduce/index'
export * from './order/index'
export * from './indexing/index'
export * from './random/index'
export * from './sparse/index'
