/**
 * Initial values, written into tensors in place and off the tape; each returns its tensor. Weights are [out, in / groups, ..], so that fan-in is
 * the product of all lengths but the first, and fan-out that of all but the second.
 */
import { UsageError } from '../core/index.js'
import { qr } from '../linalg/index.js'
import {
  copy_,
  diag,
  fill_,
  type Generator,
  mul,
  noGrad,
  rand,
  randn,
  randperm,
  reshape,
  sign,
  sub,
  type Tensor,
  transpose,
} from '../tensor/index.js'
import { checkTensor, count, describe, isFloat, tidy, view } from '../tensor/internal.js'
import { truncated } from './truncated.js'

export interface InitOptions {
  /** Where the numbers come from; the generator that `manualSeed` sets by default. */
  generator?: Generator
}

function checkWritable(op: string, x: Tensor): void {
  checkTensor(op, x)
  if (!isFloat(x.dtype)) throw new UsageError(`${op}: got ${describe(x)}; expected f32 or f64.`)
}

function checkNumbers(op: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers))
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new UsageError(`${op}: ${name} = ${String(value)}; expected a finite number.`)
}

/** Writes what `make` draws over x, in x's type. */
function write(op: string, x: Tensor, make: (options: { dtype: 'f32' | 'f64' }) => Tensor): Tensor {
  checkWritable(op, x)
  tidy(() => noGrad(() => void copy_(x, make({ dtype: x.dtype as 'f32' | 'f64' }))))
  return x
}

/** Uniform numbers from `low` up to `high` (0, 1). */
export function uniform_(x: Tensor, low = 0, high = 1, options: InitOptions = {}): Tensor {
  checkNumbers('uniform_', { low, high })
  if (high < low) throw new UsageError(`uniform_: from ${low} up to ${high}; expected the second not to be smaller.`)
  return write('uniform_', x, (type) => sub(mul(rand(x.shape, { ...type, ...options }), high - low), -low))
}

/** Normal numbers with a mean and standard deviation (0, 1). */
export function normal_(x: Tensor, mean = 0, std = 1, options: InitOptions = {}): Tensor {
  checkNumbers('normal_', { mean, std })
  if (std < 0) throw new UsageError(`normal_: std = ${std}; expected 0 or more.`)
  return write('normal_', x, (type) => sub(mul(randn(x.shape, { ...type, ...options }), std), -mean))
}

/** One value everywhere. */
export function constant_(x: Tensor, value: number): Tensor {
  checkWritable('constant_', x)
  noGrad(() => void fill_(x, value))
  return x
}

/** Zeros. */
export const zeros_ = (x: Tensor): Tensor => constant_(x, 0)

/** Ones. */
export const ones_ = (x: Tensor): Tensor => constant_(x, 1)

export interface TruncNormalOptions extends InitOptions {
  mean?: number
  std?: number
  /** Bounds of the values themselves (-2, 2). */
  a?: number
  b?: number
}

/** Normal numbers (mean 0, std 1) given that they lie between a and b (-2, 2). Throws UsageError for a std that is not positive. */
export function truncNormal_(x: Tensor, options: TruncNormalOptions = {}): Tensor {
  const { mean = 0, std = 1, a = -2, b = 2, ...rest } = options
  checkNumbers('truncNormal_', { mean, std })
  if (!(std > 0)) throw new UsageError(`truncNormal_: std = ${std}; expected a positive number.`)
  if (!(a < b)) throw new UsageError(`truncNormal_: between a = ${a} and b = ${b}; expected a < b.`)
  return write('truncNormal_', x, () => truncated(x.shape, (a - mean) / std, (b - mean) / std, (z) => Math.min(b, Math.max(a, mean + std * z)), rest)) // biome-ignore format: one line
}

/** How many numbers meet in a unit, and how many units a number goes to. Throws UsageError for fewer than two axes. */
export function calculateFans(x: { readonly shape: readonly number[] }): {
  readonly fanIn: number
  readonly fanOut: number
} {
  // biome-ignore format: one line
  const [out, into, ...rest] = x.shape
  if (out === undefined || into === undefined)
    throw new UsageError(`calculateFans: shape [${x.shape.join(', ')}]; expected at least two axes, [out, in, ..].`)
  const field = count(rest)
  return { fanIn: into * field, fanOut: out * field }
}

/** What an activation function is called. */
export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu'

/** The factor that keeps the variance behind an activation function; `slope` is leakyRelu's (0.01). Source: PyTorch's `calculate_gain`. */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  const gains: Readonly<Record<Nonlinearity, number>> = {
    linear: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope * slope)),
    selu: 3 / 4,
  }
  if (!Object.hasOwn(gains, nonlinearity))
    throw new UsageError(`calculateGain: '${String(nonlinearity)}'; expected ${Object.keys(gains).join(', ')}.`)
  return gains[nonlinearity]
}

export interface XavierOptions extends InitOptions {
  /** A factor (1), such as `calculateGain` gives. */
  gain?: number
}

/** Uniform in ±gain √(6 / (fan-in + fan-out)). Source: Glorot & Bengio 2010. */
export function xavierUniform_(x: Tensor, options: XavierOptions = {}): Tensor {
  const { gain = 1, ...rest } = options
  const { fanIn, fanOut } = calculateFans(x)
  const bound = gain * Math.sqrt(6 / (fanIn + fanOut))
  return uniform_(x, -bound, bound, rest)
}

/** Normal with standard deviation gain √(2 / (fan-in + fan-out)). Source: Glorot & Bengio 2010. */
export function xavierNormal_(x: Tensor, options: XavierOptions = {}): Tensor {
  const { gain = 1, ...rest } = options
  const { fanIn, fanOut } = calculateFans(x)
  return normal_(x, 0, gain * Math.sqrt(2 / (fanIn + fanOut)), rest)
}

export interface KaimingOptions extends InitOptions {
  /** leakyRelu's slope behind the layer (0, which is relu). */
  a?: number
  /** Whether the variance is kept forwards (`fanIn`, the default) or backwards. */
  mode?: 'fanIn' | 'fanOut'
  /** leakyRelu by default. */
  nonlinearity?: Nonlinearity
}

function kaimingStd(x: Tensor, { a = 0, mode = 'fanIn', nonlinearity = 'leakyRelu' }: KaimingOptions): number {
  if (mode !== 'fanIn' && mode !== 'fanOut')
    throw new UsageError(`kaiming: mode '${String(mode)}'; expected fanIn or fanOut.`)
  return calculateGain(nonlinearity, a) / Math.sqrt(calculateFans(x)[mode])
}

/** Uniform in ±gain √(3 / fan). Source: He, Zhang, Ren & Sun 2015. */
export function kaimingUniform_(x: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingStd(x, options)
  return uniform_(x, -bound, bound, generatorOf(options))
}

/** Normal with standard deviation gain / √fan. Source: He, Zhang, Ren & Sun 2015. */
export function kaimingNormal_(x: Tensor, options: KaimingOptions = {}): Tensor {
  return normal_(x, 0, kaimingStd(x, options), generatorOf(options))
}

const generatorOf = ({ generator }: InitOptions): InitOptions => (generator === undefined ? {} : { generator })

/**
 * gain times a matrix [out, rest] with orthonormal rows or columns (whichever are fewer), uniformly distributed: the Q of normal numbers, with
 * R's diagonal made positive. Source: Saxe, McClelland & Ganguli 2014.
 */
export function orthogonal_(x: Tensor, options: XavierOptions = {}): Tensor {
  const { gain = 1, ...rest } = options
  if (x.rank < 2) throw new UsageError(`orthogonal_: got ${describe(x)}; expected at least two axes.`)
  if (x.size === 0) return x
  const rows = x.shape[0]!
  const columns = x.size / rows
  return write('orthogonal_', x, () => {
    const { Q, R } = qr(randn([Math.max(rows, columns), Math.min(rows, columns)], { dtype: 'f64', ...rest }))
    const signed = mul(Q, mul(sign(diag(R)), gain))
    return reshape(rows < columns ? transpose(signed) : signed, x.shape).to(x.dtype)
  })
}

/** Normal numbers (std 0.01) of which in each column the share `sparsity`, rounded up, is zero. Throws UsageError unless x has two axes. */
export function sparse_(x: Tensor, sparsity: number, options: InitOptions & { std?: number } = {}): Tensor {
  const { std = 0.01, ...rest } = options
  if (x.rank !== 2) throw new UsageError(`sparse_: got ${describe(x)}; expected two axes.`)
  if (!(sparsity >= 0 && sparsity <= 1)) throw new UsageError(`sparse_: sparsity = ${String(sparsity)}; expected 0 to 1.`) // biome-ignore format: one line
  const [rows, columns] = x.shape as [number, number]
  const zeros = Math.ceil(sparsity * rows)
  return write('sparse_', x, (type) => {
    const values = mul(randn(x.shape, { ...type, ...rest }), std)
    for (let j = 0; j < columns; j++) {
      const order = randperm(rows, rest)
      const [places, into] = [view(order), view(values)]
      for (let i = 0; i < zeros; i++) into[places[i]! * columns + j] = 0
    }
    return values
  })
}
