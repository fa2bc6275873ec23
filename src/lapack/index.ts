export type { BackendInfo, Info, Lapack, Real, Side, Triangle } from './lapack.js'
export { measureGemm, type SelfTest, selfTest } from './probe.js'
export { type BackendChoice, selectLapack } from './select.js'
