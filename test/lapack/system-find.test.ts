import { describe, expect, it } from 'vitest'
import { coreType, parseCpuInfo } from '../../src/lapack/core.node.js'
import { candidates, lapackFiles, type Machine, namedLibraries } from '../../src/lapack/find.node.js'

/** A machine that has just these files. */
const machine = (platform: string, files: string[], env: Record<string, string> = {}, arch = 'x64'): Machine => ({
  platform,
  arch,
  env,
  exists: (path) => files.includes(path),
})

describe('candidates', () => {
  it('names OpenBLAS before BLIS before whatever BLAS the system has', () => {
    const usr = '/usr/lib/x86_64-linux-gnu'
    const files = [
      `${usr}/libblas.so.3`,
      `${usr}/blis-pthread/libblis.so.4`,
      `${usr}/openblas-pthread/libopenblas.so.0`,
    ]
    const found = candidates(machine('linux', files)).flat()
    expect(found.filter((path) => path.startsWith('/'))).toEqual([...files].reverse())
  })

  it('leaves bare names to the loader when nothing is in the usual places', () => {
    expect(candidates(machine('linux', [])).flat()).toEqual(['libopenblas.so.0', 'libblas.so.3'])
  })

  it('prefers a threaded build of OpenBLAS to the serial one, wherever they are', () => {
    const files = ['/usr/lib64/libopenblas.so.0', '/usr/lib64/libopenblasp.so.0']
    expect(candidates(machine('linux', files)).flat().slice(0, 2)).toEqual([
      '/usr/lib64/libopenblasp.so.0',
      '/usr/lib64/libopenblas.so.0',
    ])
  })

  it('looks in LD_LIBRARY_PATH and in a conda environment first, and in no relative folder', () => {
    const files = [
      '/mine/libopenblas.so.0',
      'relative/libopenblas.so.0',
      '/conda/lib/libopenblas.so.0',
      '/usr/lib/libopenblas.so.0',
    ]
    const env = { LD_LIBRARY_PATH: 'relative:/mine', CONDA_PREFIX: '/conda' }
    expect(
      candidates(machine('linux', files, env))
        .flat()
        .slice(0, 3),
    ).toEqual([files[0], files[2], files[3]])
  })

  it('knows Debian on ARM, Homebrew and Accelerate', () => {
    const arm = '/usr/lib/aarch64-linux-gnu/openblas-pthread/libopenblas.so.0'
    expect(candidates(machine('linux', [arm], {}, 'arm64'))[0]).toEqual([arm])
    const brew = '/opt/homebrew/opt/openblas/lib/libopenblas.dylib'
    expect(
      candidates(machine('darwin', [brew], {}, 'arm64'))
        .flat()
        .slice(0, 2),
    ).toEqual([brew, '/System/Library/Frameworks/Accelerate.framework/Accelerate'])
  })

  it('finds the reference LAPACK before the one that the system points to', () => {
    const files = ['/usr/lib/x86_64-linux-gnu/liblapack.so.3', '/usr/lib/x86_64-linux-gnu/lapack/liblapack.so.3']
    expect(lapackFiles(machine('linux', files))[0]).toBe(files[1])
  })
})

describe('NORMBALL_BLAS', () => {
  it('names one file or several, separated as in PATH; empty is as good as unset', () => {
    expect(namedLibraries({ NORMBALL_BLAS: '/a/libblis.so:/b/liblapack.so' })).toEqual([
      '/a/libblis.so',
      '/b/liblapack.so',
    ])
    expect(namedLibraries({ NORMBALL_BLAS: '' })).toBeNull()
    expect(namedLibraries({})).toBeNull()
  })
})

describe('coreType', () => {
  const all512 = 'avx2 fma avx512f avx512cd avx512bw avx512dq avx512vl'

  it('asks for AVX-512 kernels only where all of AVX-512 is there', () => {
    expect(coreType(new Set(`AuthenticAMD ${all512}`.split(' ')))).toBe('SkylakeX')
    expect(coreType(new Set('AuthenticAMD avx2 fma avx512f avx512cd'.split(' ')))).toBeNull()
  })

  it('asks for AVX2 kernels on Intel, and leaves the rest to OpenBLAS', () => {
    expect(coreType(new Set('GenuineIntel avx2 fma'.split(' ')))).toBe('Haswell')
    expect(coreType(new Set('GenuineIntel sse4_2'.split(' ')))).toBeNull()
    expect(coreType(new Set(['asimd']))).toBeNull()
    expect(coreType(new Set())).toBeNull()
  })

  it('reads /proc/cpuinfo of x86 and of ARM', () => {
    const x86 = parseCpuInfo('processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu avx2 fma\n\nprocessor\t: 1\n')
    expect([...x86]).toEqual(['GenuineIntel', 'fpu', 'avx2', 'fma'])
    expect([...parseCpuInfo('processor\t: 0\nFeatures\t: fp asimd\n')]).toEqual(['fp', 'asimd'])
  })
})
