/** The module of LAPACK's portable routines: the same sources as ever, apart from the statistics, which programs that only compute do not load. */
export * from '../arith/lapack/index'
