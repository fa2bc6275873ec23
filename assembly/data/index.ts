/**
 * The data module: what factorizations, clusters and tests of shift compute with. `src/kernels/data.ts` says what each export does. Pointers are
 * byte offsets in the imported memory. No static data; scratch memory is lent by the caller.
 */
export * from './squares'
export * from './centre'
export * from './clusters'
export * from './ratings'
export { sortValuesBytes, sortValues_f64 } from './sorting'
export * from './twoSample'
export * from './nonnegative'
export * from './words'
export * from './discrepancy'
export * from './sparse'
