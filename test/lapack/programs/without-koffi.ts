// A process in which the package koffi is not there: prints what is chosen, why, and what `system` says.
import Module from 'node:module'
import { createKernels } from '../../../src/kernels/index.js'
import { lapackSearch, selectLapack } from '../../../src/lapack/index.node.js'

type Resolve = (request: string, ...rest: unknown[]) => string
const loader = Module as unknown as { _resolveFilename: Resolve }
const resolve = loader._resolveFilename
loader._resolveFilename = function (this: unknown, request, ...rest) {
  if (request === 'koffi')
    throw Object.assign(new Error("Cannot find module 'koffi'\nRequire stack:"), { code: 'MODULE_NOT_FOUND' })
  return resolve.call(this, request, ...rest)
}

const kernels = createKernels()
const { kind } = selectLapack(kernels).info
let refusal = ''
try {
  selectLapack(kernels, 'system')
} catch (error) {
  refusal = (error as Error).message
}
console.log(JSON.stringify({ kind, tried: lapackSearch().tried, refusal }))
