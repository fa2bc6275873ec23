import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { openAbi } from '../../src/lapack/abi.node.js'
import { createBlas } from '../../src/lapack/blas.node.js'
import { coreType, cpuFeatures } from '../../src/lapack/core.node.js'
import { Frame } from '../../src/lapack/frame.node.js'
import type { Lapack } from '../../src/lapack/index.js'
import { loadKoffi } from '../../src/lapack/koffi.node.js'
import { Threads } from '../../src/lapack/threads.node.js'
import { largeEigenvalues, largeFactorizations, largeSingularValues } from './large.js'
import { gemmLaws } from './suite/gemm.js'
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
    largeFactorizations(onThreads(2))
  })

  describe('products through Fortran, as where a library has no C interface', () => {
    let lapack: Lapack
    beforeAll(async () => {
      lapack = await openFiles(openblas!)
      const koffi = loadKoffi()
      if ('why' in koffi) throw new Error(koffi.why)
      const abi = openAbi(koffi, [openblas!])
      if ('why' in abi) throw new Error(abi.why)
      const { kernels } = lapack
      const { gemm } = createBlas({ ...abi, helper: () => null }, new Frame(koffi, kernels), new Threads(null))
      lapack = { ...lapack, gemm }
    })
    gemmLaws(() => lapack)
  })

  it('says its name, its version and the core it runs on', async () => {
    const { info } = await openFiles(openblas!)
    expect(info).toMatchObject({ kind: 'system', path: openblas, integerBytes: 4, threads: 1 })
    expect(info.name).toMatch(/^OpenBLAS \d+\.\d+/)
    expect(info.core).toMatch(/^\w+$/)
  })

  it('runs on the core type that the processor allows, and leaves no word of it to child processes', async () => {
    const inherited = process.env['OPENBLAS_CORETYPE'] ?? ''
    const { info } = await openFiles(openblas!)
    const wanted = coreType(cpuFeatures())
    if (wanted && inherited === '') expect(info.core).toBe(wanted)
    expect(spawnSync('sh', ['-c', 'printf %s "$OPENBLAS_CORETYPE"'], { encoding: 'utf8' }).stdout).toBe(inherited)
  })

  it('computes at the right place after the memory has grown', async () => {
    const lapack = await openFiles(openblas!)
    const { kernels } = lapack
    const a = kernels.alloc(32)
    for (let step = 0; step < 4; step++) {
      kernels.f64(a, 4).set([1, 2, 3, 4])
      lapack.gemm('f64', false, false, 1, 1, 2, 1, a, 2, a, 1, 0, a + 24, 1)
      expect([...kernels.f64(a, 4)]).toEqual([1, 2, 3, 5])
      kernels.alloc(kernels.memory.buffer.byteLength)
    }
  })
})
