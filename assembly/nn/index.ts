/**
 * The nn module: what layers, losses and optimizers compute with, apart from `array` so that a page that only computes does not load it.
 * `src/kernels/nn.ts` says what each export does. Pointers are byte offsets in the imported memory. No static data; scratch memory is lent by
 * the caller.
 */
export * from './linear'
export * from './conv'
export * from './depthwise'
export * from './pool'
export * from './batchNorm'
export * from './monitor'
export * from './losses'
export * from './layerNorm'
export * from './recurrent'
export * from './gradients'
export * from './optim'
export * from './winograd'
export * from './residuals'
