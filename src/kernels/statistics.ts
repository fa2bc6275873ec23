/** Statistics passes: over f32 and f64 in the kernels, over all else by counting codes or by way of f32 or f64. */
import { type StorageType, storageInfo, UsageError } from '../core/index.js'
import type { Arith } from './arith.js'
import { CodePass } from './codes.js'
import { type Conversion, type ConversionContext, conversion } from './convert.js'
import { isCodeType } from './decode.js'
import { exponentsFrom, minNormalExponent } from './exponents.js'
import type { Pointer, Statistics, StatisticsPass } from './types.js'

type Real = 'f32' | 'f64'

/** Places in a state: those of assembly/arith/statistics/state.ts, in f64 elements. */
const at = {
  finite: 0,
  zeros: 1,
  nan: 2,
  posInf: 3,
  negInf: 4,
  min: 5,
  max: 6,
  sum: 7,
  l1: 9,
  squares: 11,
  m2: 15,
  zone: 18,
  histogram: 24,
} as const

const format = {
  f32: { bins: 256, fraction: 23, bias: 127 },
  f64: { bins: 2048, fraction: 52, bias: 1023 },
} as const

/** Elements of one call into the kernels, so that a long tensor moves on to optimized code early. */
const callElements = 1 << 18

/** Elements that are converted at a time. */
const stepElements = 4096

/** The pass over f32, f64, f16 or bf16 elements, or over those of another type converted to f32 or f64. */
export class RealPass implements StatisticsPass {
  readonly type: StorageType
  readonly #context: ConversionContext
  readonly #real: Real
  readonly #update: Arith['statistics_f32']
  readonly #convert: Conversion | null
  #state: Pointer
  #scratch: Pointer = 0
  #count = 0

  constructor(context: ConversionContext, type: StorageType) {
    const { arith } = context
    this.type = type
    this.#context = context
    this.#real = storageInfo(type).compute
    const direct = type === this.#real || type === 'f16' || type === 'bf16' ? type : null
    this.#convert = direct === null ? conversion(context, type, this.#real) : null
    this.#update = arith[`statistics_${direct ?? this.#real}`]
    const bytes = arith[`statistics_bytes_${this.#real}`]()
    this.#state = context.alloc(bytes)
    arith.statistics_init(this.#state, bytes)
    if (this.#convert !== null) this.#scratch = context.alloc(stepElements * 8)
  }

  update(pointer: Pointer, count: number): void {
    this.#alive()
    this.#count += count
    if (this.#convert !== null) {
      this.#updateConverted(this.#convert, pointer, count)
      return
    }
    const bytes = storageInfo(this.type).unitBytes
    for (let done = 0; done < count; done += callElements)
      this.#update(this.#state, pointer + done * bytes, Math.min(callElements, count - done))
  }

  /** Has `update` count the next elements in the pass's state. */
  advance(count: number, update: (state: Pointer) => void): void {
    this.#alive()
    this.#count += count
    update(this.#state)
  }

  #updateConverted(convert: Conversion, pointer: Pointer, count: number): void {
    const { unit, unitBytes } = storageInfo(this.type)
    if (this.type === 'i64' || this.type === 'u64')
      this.#context.arith[`statistics_unround_${this.type}`](this.#state, pointer, count)
    for (let done = 0; done < count; done += stepElements) {
      const some = Math.min(stepElements, count - done)
      convert(pointer + (done / unit) * unitBytes, some, this.#scratch)
      this.#update(this.#state, this.#scratch, some)
    }
  }

  merge(other: StatisticsPass): void {
    this.#alive()
    if (!(other instanceof RealPass) || other.type !== this.type) throw differentType(this.type)
    if (other.#context.memory !== this.#context.memory)
      throw new UsageError('statistics: passes of different memories cannot be merged.')
    this.#flush()
    other.#flush()
    this.#context.arith[`statistics_merge_${this.#real}`](this.#state, other.#state)
    this.#count += other.#count
  }

  finish(): Statistics {
    this.#alive()
    this.#flush()
    const { memory } = this.#context
    const { bins, fraction, bias } = format[this.#real]
    const state = new Float64Array(memory.buffer, this.#state, at.histogram + bins + fraction)
    const finite = state[at.finite]!
    const zone = state[at.zone]! * (finite > 0 ? 1 : 0)
    const unscale = 2 ** (600 * zone)
    const both = (place: number): number => state[place]! + state[place + 1]!
    const min = finite > 0 ? state[at.min]! + 0 : 0
    const max = finite > 0 ? state[at.max]! + 0 : 0
    const constant = min === max
    const m2 = constant || finite === 0 ? 0 : Math.max(0, both(at.m2))
    const mean = finite === 0 ? 0 : constant ? min : (both(at.sum) / finite) * unscale
    return {
      count: this.#count,
      zeros: state[at.zeros]!,
      nan: state[at.nan]!,
      posInf: state[at.posInf]!,
      negInf: state[at.negInf]!,
      l1: both(at.l1) * unscale,
      l2: Math.sqrt(both(at.squares)) * unscale,
      linf: Math.max(-min, max, 0),
      sum: both(at.sum) * unscale,
      mean: Math.min(Math.max(mean, min), max),
      m2: m2 * unscale * unscale,
      std: finite === 0 ? 0 : Math.sqrt(m2 / finite) * unscale,
      min,
      max,
      // Biased exponent b is floor(log2 |x|) = b - bias; the lowest bin holds zeros and subnormals, whose true exponents follow all bins.
      ...exponentsFrom(
        minNormalExponent(this.type),
        1 - bias - fraction,
        state.subarray(at.histogram + bins, at.histogram + bins + fraction),
        state.subarray(at.histogram + 1, at.histogram + bins - 1),
      ),
    }
  }

  dispose(): void {
    if (this.#state === 0) return
    // Counts may still stand in tables that all passes share.
    this.#flush()
    this.#context.free(this.#state)
    if (this.#scratch !== 0) this.#context.free(this.#scratch)
    this.#state = 0
    this.#scratch = 0
  }

  #flush(): void {
    this.#context.arith[`statistics_flush_${this.#real}`](this.#state)
  }

  #alive(): void {
    if (this.#state === 0) throw new UsageError('statistics: the pass has been disposed of.')
  }
}

function differentType(type: StorageType): UsageError {
  return new UsageError(`statistics: a pass over ${type} can only be merged with another pass over ${type}.`)
}

/** A new pass over elements of `type`. */
export function statisticsPass(context: ConversionContext, type: StorageType): StatisticsPass {
  return isCodeType(type) ? new CodePass(context, type) : new RealPass(context, type)
}
