export type { BackendInfo, Info, Lapack, Real, Triangle } from './lapack.js'
