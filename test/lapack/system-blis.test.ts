import { describe, expect, it } from 'vitest'
import { largeEigenvalues, largeFactorizations } from './large.js'
import { lapackSuite } from './suite.js'
import { blis, openFiles, referenceLapack } from './systems.js'

describe.skipIf(!blis || !referenceLapack)('BLIS with reference LAPACK', () => {
  lapackSuite('both named', () => openFiles(blis!, referenceLapack!), { largest: 65 })

  describe('large', () =>
    largeEigenvalues(() => openFiles(blis!, referenceLapack!), { f32: 1541, f64: 1289 }, ['random']))
  describe('in blocks', () => largeFactorizations(() => openFiles(blis!, referenceLapack!), 201))

  it('finds a LAPACK for a BLAS that has none', async () => {
    const { info } = await openFiles(blis!)
    expect(info.path).toContain(`${blis} + `)
    expect(info.path).toContain('liblapack')
    expect(info.name).toMatch(/^BLIS \d+\.\d+(\.\d+)? \+ LAPACK \d+\.\d+\.\d+$/)
    expect(info.integerBytes).toBe(4)
  })
})
