import { describe } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { createPortable } from '../../src/lapack/portable/index.js'
import { largeEigenvalues, largeFactorizations, largeSingularValues } from './large.js'
import { lapackSuite } from './suite.js'

const open = async () => createPortable(createKernels())

describe('the portable implementation', () => {
  // Several panels, and several merges of divide and conquer, with a remainder.
  lapackSuite('portable', open, {
    largest: 130,
    only: [
      'gemm',
      'syrk',
      'gemv',
      'triangular',
      'cholesky',
      'lu',
      'solve',
      'gbsv',
      'qr',
      'geqp3',
      'gelsd',
      'syevd',
      'gesdd',
      'geev',
    ],
  })
  describe('large', () => {
    largeEigenvalues(open, { f32: 515, f64: 387 })
    largeSingularValues(open)
    largeFactorizations(open)
  })
})
