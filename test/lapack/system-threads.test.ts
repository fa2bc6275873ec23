import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createKernels } from '../../src/kernels/index.js'
import { openAbi } from '../../src/lapack/abi.node.js'
import { Frame } from '../../src/lapack/frame.node.js'
import { loadKoffi } from '../../src/lapack/koffi.node.js'
import { Threads } from '../../src/lapack/threads.node.js'
import { openblas } from './systems.js'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))
const run = (name: string, ...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', program(name), ...args], { encoding: 'utf8', timeout: 60_000 })

describe.skipIf(!openblas)('threads of OpenBLAS', () => {
  // 128 MB and far more than ten seconds of work: an ordinary exit would wait for the end of it.
  it('exitNow ends the process at once while a worker is inside LAPACK', () => {
    const ended = run('exit.ts')
    const after = Date.now() - Number(ended.stdout)
    expect(ended.stderr).toBe('')
    expect(ended.status).toBe(37)
    expect(after).toBeLessThan(300)
  })

  it.each([1, 2])('four workers may load and call the library at the same time, with %i BLAS thread(s)', (threads) => {
    const { stdout, stderr, status } = run('crowd.ts', '4', String(threads))
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const { answers, worst } = JSON.parse(stdout) as { answers: number; worst: number }
    expect(answers).toBe(24)
    // n eps ||A||, n = 260 and ||A|| about 190 (the product's elements are bounded by 260).
    expect(worst).toBeLessThan(1e-9)
  })

  // The crash that a call stack of one megabyte ends in: OpenBLAS's LU on two threads, from n = 256.
  it('a threaded LU does not overflow the call stack', async () => {
    const koffi = loadKoffi()
    if ('why' in koffi) throw new Error(koffi.why)
    const abi = openAbi(koffi, [openblas!])
    if ('why' in abi) throw new Error(abi.why)
    const kernels = createKernels()
    const frame = new Frame(koffi, kernels)
    const n = 700
    const [a, pivots] = [kernels.alloc(8 * n * n), kernels.alloc(8 * n)]
    const matrix = kernels.f64(a, n * n)
    for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) matrix[i * n + j] = Math.min(i, j) + 1
    abi.helper('openblas_set_num_threads', 'void', ['int'])!(2)
    const f = frame.fresh()
    const getrf = abi.required('dgetrf', 6)
    getrf(f.integer(0, n), f.integer(0, n), f.base + a, f.integer(1, n), f.base + pivots, f.integer(2, -1), 0, 0, 0)
    expect(f.integerAt(2)).toBe(0)
    // min(i, j) + 1 has determinant 1 and the factors of all ones.
    let product = 1
    for (let i = 0; i < n; i++) product *= Math.abs(kernels.f64(a, n * n)[i * n + i]!)
    expect(product).toBeCloseTo(1, 9)
  })
})

describe('Threads', () => {
  it('gives small work one thread and large work all, and tells the library only when that changes', () => {
    const told: number[] = []
    const threads = new Threads((n) => told.push(n))
    threads.use(false)
    threads.use(true)
    expect(told).toEqual([1])
    threads.want(4)
    for (const large of [true, true, false, false, true]) threads.use(large)
    expect(told).toEqual([1, 4, 1, 4])
    expect(threads.count).toBe(4)
  })

  it('is one where the library has no such function', () => {
    const threads = new Threads(null)
    threads.want(8)
    threads.use(true)
    expect(threads.count).toBe(1)
  })
})
