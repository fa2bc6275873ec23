import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { advice, lapackSearch, openSystem, selectLapack } from '../../src/lapack/index.node.js'
import { openblas } from './systems.js'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('selectLapack', () => {
  it('takes the portable implementation when asked to, by argument or by NORMBALL_BACKEND', async () => {
    const kernels = createKernels()
    expect(selectLapack(kernels, 'portable').info.kind).toBe('portable')
    vi.stubEnv('NORMBALL_BACKEND', 'portable')
    expect(selectLapack(kernels).info.kind).toBe('portable')
  })

  it('refuses a NORMBALL_BACKEND that does not exist', async () => {
    vi.stubEnv('NORMBALL_BACKEND', 'cuda')
    expect(() => selectLapack(createKernels())).toThrow(
      'backend: NORMBALL_BACKEND is "cuda", expected auto, system or portable',
    )
  })

  it.each(['auto', 'system'] as const)(
    'with %s, a library that NORMBALL_BLAS names and that fails is an error',
    (choice) => {
      vi.stubEnv('NORMBALL_BACKEND', '')
      vi.stubEnv('NORMBALL_BLAS', '/nowhere/libblas.so')
      expect(() => selectLapack(createKernels(), choice)).toThrow(
        expect.objectContaining({
          message: 'backend: NORMBALL_BLAS: /nowhere/libblas.so cannot be used: there is no such file',
          code: 'blas',
          exitCode: 4,
        }),
      )
    },
  )

  it.skipIf(!openblas)('uses the library that NORMBALL_BLAS names (OpenBLAS)', async () => {
    vi.stubEnv('NORMBALL_BLAS', openblas!)
    expect(selectLapack(createKernels(), 'system').info.path).toBe(openblas)
  })

  it.skipIf(!openblas)('takes the system library by default where there is one (OpenBLAS)', async () => {
    vi.stubEnv('NORMBALL_BACKEND', '')
    expect(selectLapack(createKernels()).info.kind).toBe('system')
  })

  it('says how to get a library', () => {
    expect(advice('linux')).toContain('apt install libopenblas0-pthread')
    expect(advice('darwin')).toBe('Try `brew install openblas`, or name a library file in NORMBALL_BLAS')
  })
})

describe('openSystem', () => {
  it('says why a file cannot be used, and remembers it', async () => {
    const kernels = createKernels()
    const text = new URL(import.meta.url).pathname
    expect(openSystem(kernels, { files: ['/nowhere.so'] })).toEqual({
      why: '/nowhere.so cannot be used: there is no such file',
    })
    expect(openSystem(kernels, { files: [text] })).toMatchObject({
      why: expect.stringMatching(/cannot be used: it does not load \(.+\)$/),
    })
    expect(lapackSearch().tried).toContainEqual({ path: '/nowhere.so', why: 'there is no such file' })
  })

  it.skipIf(process.platform !== 'linux')('refuses a library that is no BLAS', async () => {
    expect(openSystem(createKernels(), { files: ['libm.so.6'] })).toEqual({
      why: 'libm.so.6 cannot be used: it is neither a BLAS nor a LAPACK (no dgemm or dgesdd under any usual name)',
    })
  })
})

describe('without koffi', () => {
  it('the portable implementation serves, silently, and the reason is remembered', () => {
    const program = fileURLToPath(new URL('programs/without-koffi.ts', import.meta.url))
    const env = { ...process.env, NORMBALL_BACKEND: 'auto', NORMBALL_BLAS: '' }
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program], { encoding: 'utf8', env })
    const why = 'the optional package koffi, which calls native libraries, is not installed (npm install koffi)'
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual({
      kind: 'portable',
      tried: [{ path: 'koffi', why }],
      refusal: `backend: no system BLAS and LAPACK: ${why}`,
    })
  })
})
