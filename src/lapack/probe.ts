/** What `doctor` asks of an implementation, and what a library must get right before it is trusted: known results and measured speed. */
import type { Kernels, Pointer } from '../kernels/index.js'
import type { Lapack, Real } from './lapack.js'

export interface SelfTest {
  /** `gemm f64: a product of whole numbers`. */
  readonly name: string
  readonly ok: boolean
  /** What came out instead, for a test that failed; empty otherwise. */
  readonly why: string
}

/** Runs every routine on inputs whose results are known; takes a few milliseconds the first time. */
export function selfTest(lapack: Lapack): SelfTest[] {
  const results: SelfTest[] = []
  for (const type of ['f32', 'f64'] as const) {
    const run = (name: string, test: (memory: Scratch) => string): void => {
      const memory = new Scratch(lapack.kernels, type)
      let why: string
      try {
        why = test(memory)
      } catch (error) {
        why = error instanceof Error ? error.message : String(error)
      } finally {
        memory.free()
      }
      results.push({ name: `${name}, ${type}`, ok: why === '', why })
    }
    run('gemm: a product of whole numbers', (memory) => product(lapack, type, memory))
    run('syrk: one triangle of a Gram matrix', (memory) => gram(lapack, type, memory))
    run('syevd: the second difference', (memory) => secondDifference(lapack, type, memory))
    run('gesdd: a matrix with known singular values', (memory) => knownSingular(lapack, type, memory))
  }
  return results
}

/** Numbers in the kernels' memory for the time of one test. */
class Scratch {
  private readonly pointers: Pointer[] = []
  constructor(
    private readonly kernels: Kernels,
    private readonly type: Real,
  ) {}

  put(values: readonly number[]): Pointer {
    const pointer = this.kernels.alloc(8 * Math.max(1, values.length))
    this.pointers.push(pointer)
    this.view(pointer, values.length).set(values)
    return pointer
  }

  view(pointer: Pointer, length: number): Float32Array | Float64Array {
    return this.type === 'f64' ? this.kernels.f64(pointer, length) : this.kernels.f32(pointer, length)
  }

  free(): void {
    for (const pointer of this.pointers.splice(0)) this.kernels.free(pointer)
  }

  /** Empty where `length` numbers at `pointer` are the expected ones within `allowed`. */
  compare(pointer: Pointer, expected: readonly number[], allowed: number): string {
    const actual = [...this.view(pointer, expected.length)]
    // Written so that NaN fails.
    const wrong = expected.findIndex((x, i) => !(Math.abs(actual[i]! - x) <= allowed))
    return wrong < 0 ? '' : `element ${wrong} is ${actual[wrong]}, expected ${expected[wrong]}`
  }
}

const range = (n: number): number[] => [...new Array<unknown>(n).keys()]

/** A [9, 10] B [10, 11] with small whole numbers, which every order of summation gets exactly. Plain loops: this runs at every start. */
function product(lapack: Lapack, type: Real, memory: Scratch): string {
  const [m, n, k] = [9, 11, 10]
  const values = (count: number, factor: number): number[] => range(count).map((i) => ((i * factor) % 11) - 5)
  const [left, right] = [values(m * k, 7), values(k * n, 3)]
  const expected = new Array<number>(m * n).fill(0)
  for (let i = 0; i < m; i++)
    for (let p = 0; p < k; p++) for (let j = 0; j < n; j++) expected[i * n + j]! += left[i * k + p]! * right[p * n + j]!
  const [a, b, c] = [memory.put(left), memory.put(right), memory.put(expected.map(() => Number.NaN))]
  lapack.gemm(type, false, false, m, n, k, 1, a, k, b, n, 0, c, n)
  return memory.compare(c, expected, 0)
}

/** A = [[1, 2, 3], [4, 5, 6]]: A Aᵀ = [[14, 32], [32, 77]], of which the lower left must stay as it was. */
function gram(lapack: Lapack, type: Real, memory: Scratch): string {
  const a = memory.put([1, 2, 3, 4, 5, 6])
  const c = memory.put([Number.NaN, Number.NaN, -1, Number.NaN])
  lapack.syrk(type, 'upper', false, 2, 3, 1, a, 3, 0, c, 2)
  return memory.compare(c, [14, 32, -1, 77], 0)
}

const tolerance: Record<Real, number> = { f32: 1e-5, f64: 1e-13 }

/** Tridiagonal (-1, 2, -1) of order n: eigenvalues 2 - 2 cos(k pi / (n + 1)), with and without vectors. */
function secondDifference(lapack: Lapack, type: Real, memory: Scratch): string {
  const n = 12
  const values = range(n * n).map((i) => [2, -1][Math.abs(Math.floor(i / n) - (i % n))] ?? 0)
  const expected = range(n).map((k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))
  for (const vectors of [false, true]) {
    const w = memory.put(range(n))
    const info = lapack.syevd(type, vectors, 'lower', n, memory.put(values), n, w)
    const why = info === 0 ? memory.compare(w, expected, tolerance[type]) : `info is ${info}`
    if (why) return why
  }
  return ''
}

/** [[3, 0], [4, 5], [0, 0]]: singular values 3 sqrt 5 and sqrt 5, and U S Vh is the matrix again. */
function knownSingular(lapack: Lapack, type: Real, memory: Scratch): string {
  const values = [3, 0, 4, 5, 0, 0]
  const [s, u, vh] = [memory.put([0, 0]), memory.put(range(6)), memory.put(range(4))]
  const info = lapack.gesdd(type, 'thin', 3, 2, memory.put(values), 2, s, u, 2, vh, 2)
  if (info !== 0) return `info is ${info}`
  const why = memory.compare(s, [3 * Math.sqrt(5), Math.sqrt(5)], 10 * tolerance[type])
  if (why) return why
  const [U, S, V] = [memory.view(u, 6), memory.view(s, 2), memory.view(vh, 4)]
  const again = range(6).map((i) => {
    const row = 2 * Math.floor(i / 2)
    return U[row]! * S[0]! * V[i % 2]! + U[row + 1]! * S[1]! * V[2 + (i % 2)]!
  })
  return memory.compare(memory.put(again), values, 10 * tolerance[type])
}

/** GFLOP/s (a multiplication and an addition each count) of a square product, the best of the runs that fit in about `milliseconds`. */
export function measureGemm(lapack: Lapack, type: Real, milliseconds = 150, order?: number): number {
  const size = type === 'f64' ? 8 : 4
  const n = order ?? (lapack.info.kind === 'system' ? 1024 : 384)
  const pointers: Pointer[] = []
  try {
    for (let i = 0; i < 3; i++) pointers.push(lapack.kernels.alloc(n * n * size))
    const [a, b, c] = pointers as [Pointer, Pointer, Pointer]
    for (const [i, pointer] of [a, b].entries()) {
      const view = type === 'f64' ? lapack.kernels.f64(pointer, n * n) : lapack.kernels.f32(pointer, n * n)
      for (let j = 0; j < view.length; j++) view[j] = ((j * (i + 3)) % 17) - 8
    }
    let best = 0
    const start = performance.now()
    do {
      const before = performance.now()
      lapack.gemm(type, false, false, n, n, n, 1, a, n, b, n, 0, c, n)
      best = Math.max(best, (2 * n ** 3) / (1e6 * (performance.now() - before)))
    } while (performance.now() - start < milliseconds)
    return best
  } finally {
    for (const pointer of pointers) lapack.kernels.free(pointer)
  }
}
