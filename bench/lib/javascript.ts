/**
 * The JavaScript peers, from bench/'s own package (npm ci in bench/): tfjs on WebAssembly, jax-js on WebAssembly with one worker, numpy-ts and
 * ml-matrix. One that is not installed or does not run here is skipped, and said so. What they say of types is not looked at: each is used by
 * the few calls below.
 */
import { createRequire } from 'node:module'
import { type Side, timed, timedAsync } from './compare.js'

/** The inputs of every task, as factorizations.scipy.py makes them: A random, S = A A^T + I, b all ones. */
export interface Inputs {
  readonly type: 'f32' | 'f64'
  readonly n: number
  readonly A: Float64Array
  readonly S: Float64Array
}

/** A task ready to run; `figure` is the largest absolute value of the result. */
export interface Prepared {
  readonly side: Side
  figure(): number | Promise<number>
  free(): void
}

export interface MatrixPeer {
  readonly name: string
  /** null where it has no such task, or not in this type. */
  prepare(task: string, inputs: Inputs): Prepared | null
}

// biome-ignore lint/suspicious/noExplicitAny: the peers are installed apart, so their types are not here
type Foreign = any

export function largest(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!))
  return most
}

const typed = ({ type }: Inputs, values: Float64Array): Float32Array | Float64Array =>
  type === 'f32' ? Float32Array.from(values) : values

/** A peer from a table of tasks that make a result, and how its results are read and given back. */
function peer<X>(
  name: string,
  types: readonly string[],
  arrays: (inputs: Inputs, values: Float64Array, shape: readonly number[]) => X,
  tasks: Readonly<Record<string, (a: X, s: X, b: X) => Foreign>>,
  read: (result: Foreign) => ArrayLike<number>,
  dispose: (value: Foreign) => void,
): MatrixPeer {
  return {
    name,
    prepare(task, inputs) {
      const run = tasks[task]
      if (run === undefined || !types.includes(inputs.type)) return null
      const { n } = inputs
      const [a, s] = [arrays(inputs, inputs.A, [n, n]), arrays(inputs, inputs.S, [n, n])]
      const b = arrays(inputs, new Float64Array(n).fill(1), [n, 1])
      const once = (): Foreign => run(a, s, b)
      return {
        side: timed(() => dispose(once())),
        figure() {
          const result = once()
          const figure = largest(read(result))
          dispose(result)
          return figure
        },
        free: () => dispose([a, s, b]),
      }
    },
  }
}

async function tfjs(): Promise<MatrixPeer> {
  const tf = await tensorflow()
  return peer(
    `tfjs-${tf.getBackend()}`,
    ['f32'],
    (inputs, values, shape) => tf.tensor(typed(inputs, values), shape, 'float32'),
    { gemm: (a, s) => tf.matMul(a, s), qr: (a) => tf.tidy(() => tf.linalg.qr(a)[1]) },
    (result) => result.dataSync(),
    (value) => tf.dispose(value),
  )
}

/** tfjs on its WebAssembly backend, one thread. */
export async function tensorflow(): Promise<Foreign> {
  const names = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm']
  const [tf] = await Promise.all(names.map((name) => import(name) as Promise<Foreign>))
  await tf.setBackend('wasm')
  await tf.ready()
  return tf.default ?? tf
}

/**
 * The same with gradients, which tfjs keeps in files that Node cannot import as they are: bundled first. They register themselves with the one
 * engine of the process.
 */
export async function tensorflowWithGradients(): Promise<Foreign> {
  const tf = await tensorflow()
  const { build } = await import('esbuild')
  const source = createRequire(import.meta.url).resolve('@tensorflow/tfjs-core/dist/register_all_gradients.js')
  const { outputFiles } = await build({ entryPoints: [source], bundle: true, write: false, format: 'esm', platform: 'node' }) // biome-ignore format: one line
  const code = Buffer.from(outputFiles![0]!.contents).toString('base64')
  await import(`data:text/javascript;base64,${code}`)
  return tf
}

async function numpyTs(): Promise<MatrixPeer> {
  const name = 'numpy-ts'
  const np: Foreign = await import(name)
  const { linalg } = np
  return peer(
    name,
    ['f32', 'f64'],
    ({ type, n }, values, shape) =>
      np.array(typed({ type, n } as Inputs, values), type === 'f32' ? 'float32' : 'float64').reshape(...shape),
    {
      gemm: (a, s) => np.matmul(a, s),
      solve: (a, _, b) => linalg.solve(a, b),
      cholesky: (_, s) => linalg.cholesky(s),
      qr: (a) => judged(linalg.qr(a), 'r'),
      svd: (a) => judged(linalg.svd(a), 's'),
      svdvals: (a) => linalg.svdvals(a),
      eigh: (_, s) => judged(linalg.eigh(s), 'w'),
    },
    (result) => (Array.isArray(result) ? result[0] : result).data,
    (value) => {
      for (const one of [value].flat()) one.dispose?.()
    },
  )
}

/** A result's parts, what is judged first. */
const judged = (result: Foreign, key: string): Foreign[] => [
  result[key],
  ...Object.entries(result).flatMap(([other, part]) => (other === key ? [] : [part])),
]

async function mlMatrix(): Promise<MatrixPeer> {
  const name = 'ml-matrix'
  const ml: Foreign = await import(name)
  return peer(
    name,
    ['f64'],
    (_, values, [rows, columns]) => ml.Matrix.from1DArray(rows, columns, values),
    {
      gemm: (a, s) => a.mmul(s),
      solve: (a, _, b) => new ml.LuDecomposition(a).solve(b),
      cholesky: (_, s) => new ml.CholeskyDecomposition(s).lowerTriangularMatrix,
      qr: (a) => {
        const qr = new ml.QrDecomposition(a)
        return [qr.upperTriangularMatrix, qr.orthogonalMatrix]
      },
      svd: (a) => new ml.SingularValueDecomposition(a, { autoTranspose: true }).diagonal,
      svdvals: (a) =>
        new ml.SingularValueDecomposition(a, {
          computeLeftSingularVectors: false,
          computeRightSingularVectors: false,
        }).diagonal,
      eigh: (_, s) => new ml.EigenvalueDecomposition(s, { assumeSymmetric: true }).realEigenvalues,
      eig: (a) => new ml.EigenvalueDecomposition(a).eigenvectorMatrix,
    },
    (result) => {
      const judged = Array.isArray(result) && typeof result[0] === 'object' ? result[0] : result
      return judged.to1DArray?.() ?? judged
    },
    () => {},
  )
}

/** jax-js computes when a result is waited for, and its arrays are used up by what takes them unless `ref` is given. */
async function jax(): Promise<MatrixPeer> {
  // Later Nodes have these two. One processor makes one worker.
  const global = globalThis as Foreign
  global.Float16Array ??= class {}
  global.navigator ??= { hardwareConcurrency: 1 }
  const name = '@jax-js/jax'
  const jax: Foreign = await import(name)
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const { linalg, matmul, array } = jax.numpy
  /** What is judged comes first. */
  const tasks: Readonly<Record<string, (a: Foreign, s: Foreign, b: Foreign) => Foreign[]>> = {
    gemm: (a, s) => [matmul(a.ref, s.ref)],
    solve: (a, _, b) => [linalg.solve(a.ref, b.ref)],
    cholesky: (_, s) => [linalg.cholesky(s.ref)],
    svd: (a) => {
      const [U, S, Vh] = linalg.svd(a.ref)
      return [S, U, Vh]
    },
    svdvals: (a) => [linalg.svdvals(a.ref)],
    eigh: (_, s) => linalg.eigh(s.ref),
  }
  const prepare = (task: string, inputs: Inputs): Prepared | null => {
    const make = tasks[task]
    if (make === undefined) return null
    const { n, A, S, type } = inputs
    const dtype = type === 'f32' ? 'float32' : 'float64'
    const given = (values: Float64Array, shape: number[]): Foreign =>
      array(typed(inputs, values), { dtype }).reshape(shape)
    const [a, s, b] = [given(A, [n, n]), given(S, [n, n]), given(new Float64Array(n).fill(1), [n, 1])]
    const once = async (): Promise<Foreign[]> => {
      const results = make(a, s, b)
      for (const one of results) await one.blockUntilReady()
      return results
    }
    return {
      side: timedAsync(async () => {
        for (const one of await once()) one.dispose()
      }),
      async figure() {
        const [judged, ...rest] = await once()
        for (const one of rest) one.dispose()
        return largest(await judged.data())
      },
      free: () => {
        for (const one of [a, s, b]) one.dispose()
      },
    }
  }
  return { name: 'jax-js', prepare }
}

/** Those that are here. */
export async function matrixPeers(): Promise<MatrixPeer[]> {
  const peers: MatrixPeer[] = []
  for (const [name, load] of Object.entries({ tfjs, 'jax-js': jax, 'numpy-ts': numpyTs, 'ml-matrix': mlMatrix }))
    try {
      peers.push(await load())
    } catch (error) {
      console.log(
        `skipped: ${name} does not run here (${(error as Error).message.split('\n')[0]}). Try npm ci in bench/`,
      )
    }
  return peers
}
