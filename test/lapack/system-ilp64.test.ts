import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { openSystem } from '../../src/lapack/index.node.js'
import { lapackSuite } from './suite.js'
import { blis, openblas64, openFiles } from './systems.js'

describe.skipIf(!openblas64)('OpenBLAS with 64-bit integers', () => {
  lapackSuite('ILP64', () => openFiles(openblas64!), { largest: 40 })

  it('is told apart from a build with 32-bit integers', async () => {
    expect((await openFiles(openblas64!)).info.integerBytes).toBe(8)
  })

  it.skipIf(!blis || !openblas64?.includes('openblas64-pthread'))(
    'is refused as the LAPACK of a BLAS with 32-bit integers (BLIS)',
    async () => {
      const lapack = openblas64!.replace('libopenblas64.so.0', 'liblapack64.so.3')
      expect(openSystem(createKernels(), { files: [blis!, lapack] })).toEqual({
        why: `${blis} + ${lapack} cannot be used: its BLAS has 32-bit integers and its LAPACK 64-bit ones; name two that match`,
      })
    },
  )
})
