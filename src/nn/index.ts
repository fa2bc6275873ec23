/** `normball/nn`: layers, losses and initial values, by PyTorch's names. */
export { Sequential } from './containers.js'
export type { LayerOptions } from './initOptions.js'
export { Linear, type LinearOptions, linear } from './linear.js'
export type { LoadOptions, LoadReport } from './load.js'
export { type AnyModule, type ForwardHook, type HookHandle, Module, type PreHook } from './module.js'
export { buffer, parameter } from './parameter.js'
