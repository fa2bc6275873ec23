import { describe, expect, it } from 'vitest'
import { largeEigenvalues, largeSingularValues } from './large.js'
import { lapackSuite } from './suite.js'
import { openblas, openFiles } from './systems.js'

describe.skipIf(!openblas)('OpenBLAS', () => {
  const onThreads = (threads: number) => async () => {
    const lapack = await openFiles(openblas!)
    lapack.setThreads(threads)
    return lapack
  }
  lapackSuite('on one thread', onThreads(1), { largest: 130 })
  // Decompositions of these orders stay on one thread anyway; the large ones below do not.
  lapackSuite('on two threads', onThreads(2), { largest: 33 })

  // The orders at which the reduction goes by two stages, plus a remainder of its band.
  describe('large, on one thread', () => largeEigenvalues(onThreads(1), { f32: 1541, f64: 1289 }))
  describe('large, on two threads', () => {
    largeEigenvalues(onThreads(2), { f32: 1541, f64: 1289 }, ['random', 'of low rank'])
    largeSingularValues(onThreads(2))
  })

  it('says its name, its version and the core it runs on', async () => {
    const { info } = await openFiles(openblas!)
    expect(info).toMatchObject({ kind: 'system', path: openblas, integerBytes: 4, threads: 1 })
    expect(info.name).toMatch(/^OpenBLAS \d+\.\d+/)
    expect(info.core).toMatch(/^\w+$/)
  })
})
