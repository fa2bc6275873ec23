/**
 * Memory that the array module's routines use during one call, at fixed addresses below the heap (`heapBase` in src/kernels/module.ts), apart
 * from assembly/arith/scratch.ts. Nothing in it outlives a call.
 */

/** 4 KiB for one tile of columns (512 f64), or a block of random words. */
export const tileScratch: usize = 0x19f000
export const tileWidth: i32 = 512
