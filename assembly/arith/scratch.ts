/**
 * Memory that the kernels share between calls, at fixed addresses between the modules' data and the heap (`heapBase` in
 * src/kernels/module.ts). Fixed, because static data would be stored in the module as zeros.
 */

/** Two tables of 2^16 u32, empty between passes: how often each pair of exponents occurs. */
export const pairTables: usize = 0x100000
/** Room for a block of 8192 f64. */
export const blockScratch: usize = 0x180000
/** CRC-32: 16 tables of 256 u32. */
export const crcTables: usize = 0x190000
/** Sums of one tile of rows and columns. */
export const columnScratch: usize = 0x194000
export const rowScratch: usize = 0x195000
/** A few vectors between two steps of a loop. */
export const vectorScratch: usize = 0x196000
