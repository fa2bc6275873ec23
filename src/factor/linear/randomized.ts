/**
 * Randomized subspace iteration for the leading singular values of a table (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1), in passes over
 * blocks of its rows: each step is W <- orth(X^T X W) for W [d, s], with both products of a block while the caches hold it; where d is small, by
 * X^T X itself, which one pass gives.
 */
import { dataKernels } from '../../kernels/index.js'
import { qr, svd } from '../../linalg/index.js'
import { Generator, matmul, randn, type Tensor, transpose, zeros } from '../../tensor/index.js'
import { kernels, lapack, view } from '../../tensor/internal.js'
import { columnMeans, eachBlock, lend, type RunningMean, runningMean } from './blocks.js'
import { largest, scatterOf, smallest } from './scatter.js'
import { firstRows, withSigns } from './signs.js'
import type { Spectrum } from './spectrum.js'
import { scaleOf } from './squares.js'
import { Triangle, triangleRows } from './triangle.js'

export interface RandomizedSettings {
  readonly seed: number
  /** Products with X^T X; 7 where less than a tenth of the values are wanted, else 4. */
  readonly iterations: number | undefined
  /** Random vectors beyond those wanted. */
  readonly oversampling: number
}

/** The first k values and vectors of contiguous x, k <= min(n, d). The first pass finds what is not finite. */
export function randomizedSpectrum(
  op: string,
  x: Tensor,
  centred: boolean,
  k: number,
  settings: RandomizedSettings,
): Spectrum {
  const [n, d] = x.shape as readonly [number, number]
  const side = Math.min(n, d)
  const s = Math.min(side, k + settings.oversampling)
  const iterations = settings.iterations ?? (k < side / 10 ? 7 : 4)
  const start = randn([d, s], { dtype: 'f64', generator: new Generator(settings.seed) })
  const table = prepared(op, x, centred, d <= 4 * (iterations + 1) * s)
  let W = qr(table.times(start)).Q
  for (let i = 0; i < iterations; i++) W = qr(table.times(W)).Q
  const { S, Vh } = svd(projected(x, table, W))
  const values = Float64Array.from(view(S).subarray(0, k), (value) => value / table.scale)
  const total = values[0] === 0 ? 0 : table.squares / view(S)[0]! ** 2
  return {
    solver: 'randomized',
    mean: table.mean === null ? null : Float64Array.from(view(table.mean)),
    values,
    vectors: withSigns(firstRows(matmul(Vh, transpose(W)), k)),
    total,
  }
}

/** What a table is multiplied by. */
interface Prepared {
  readonly mean: Tensor | null
  /** A power of two, of which the elements are taken. */
  readonly scale: number
  /** Sum of their squares. */
  readonly squares: number
  /** X^T X W. */
  times(W: Tensor): Tensor
}

function prepared(op: string, x: Tensor, centred: boolean, small: boolean): Prepared {
  const d = x.shape[1]!
  if (small) {
    const running = centred ? runningMean(d) : null
    const scatter = scatterOf(op, x, running)
    const elements = view(scatter)
    let squares = 0
    for (let i = 0; i < d; i++) {
      squares += elements[i * d + i]!
      for (let j = 0; j < i; j++) elements[i * d + j] = elements[j * d + i]!
    }
    if (squares > smallest && squares < largest)
      return { mean: meanOf(running), scale: 1, squares, times: (W) => matmul(scatter, W) }
  }
  const mean = meanOf(centred ? columnMeans(op, x) : null)
  // Elements of about 1, so that squares stay within the range.
  const most = sizesOf(x, mean, 1)[1]!
  const scale = scaleOf(most)
  return { mean, scale, squares: sizesOf(x, mean, scale)[2]!, times: (W) => products(x, { mean, scale }, W) }
}

function meanOf(running: RunningMean | null): Tensor | null {
  if (running === null) return null
  const out = zeros([running.mean.length], { dtype: 'f64' })
  view(out).set(running.mean)
  return out
}

/** Sum of sizes, largest size, sum of squares. */
function sizesOf(x: Tensor, mean: Tensor | null, scale: number): [number, number, number] {
  const all: [number, number, number] = [0, 0, 0]
  lend(24, (out) =>
    eachBlock(x, { mean, scale }, (block, rows) => {
      dataKernels(kernels()).sizes_f64(rows * x.shape[1]!, block, out)
      const [sum, most, squares] = kernels().f64(out, 3)
      all[0] += sum!
      all[1] = Math.max(all[1], most!)
      all[2] += squares!
    }),
  )
  return all
}

/** X^T (X W), a block of rows at a time. */
function products(x: Tensor, { mean, scale }: Pick<Prepared, 'mean' | 'scale'>, W: Tensor): Tensor {
  const [d, s] = W.shape as readonly [number, number]
  const out = zeros([d, s], { dtype: 'f64' })
  const rows = triangleRows(x.shape[0]!, d)
  lend(rows * s * 8, (Y) =>
    eachBlock(x, { mean, scale, rows }, (block, count) => {
      lapack().gemm('f64', false, false, count, s, d, 1, block, d, W.pointer, s, 0, Y, s)
      lapack().gemm('f64', true, false, d, s, count, 1, block, d, Y, s, 1, out.pointer, s)
    }),
  )
  return out
}

/** The triangular factor of X W. */
function projected(x: Tensor, { mean, scale }: Prepared, W: Tensor): Tensor {
  const [d, s] = W.shape as readonly [number, number]
  const rows = triangleRows(x.shape[0]!, d)
  const triangle = new Triangle(s, rows)
  try {
    eachBlock(x, { mean, scale, rows }, (block, count) => {
      lapack().gemm('f64', false, false, count, s, d, 1, block, d, W.pointer, s, 0, triangle.next, s)
      triangle.absorb(count)
    })
    return triangle.toTensor()
  } finally {
    triangle.free()
  }
}
