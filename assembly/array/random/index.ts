/** Exports of the array module: see src/kernels/array.ts. */
