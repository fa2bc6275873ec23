/** Statistics of types with few codes: count how often each occurs, and every figure follows. */
import { type StorageType, UsageError } from '../core/index.js'
import type { ConversionContext } from './convert.js'
import { type CodeType, codeValues } from './decode.js'
import { exponentsFrom, minNormalExponent } from './exponents.js'
import type { Pointer, Statistics, StatisticsPass } from './types.js'

/** A sum that keeps what rounding takes (Neumaier 1974). */
class Sum {
  #high = 0
  #low = 0

  add(x: number): void {
    const sum = this.#high + x
    this.#low += Math.abs(this.#high) >= Math.abs(x) ? this.#high - sum + x : x - sum + this.#high
    this.#high = sum
  }

  get value(): number {
    return this.#high + this.#low
  }
}

/** floor(log2 |x|) of a finite non-zero number, exactly. */
export function exponentOf(x: number): number {
  bits[0] = x
  const biased = (words[1]! >>> 20) & 0x7ff
  return biased === 0 ? exponentOf(x * 2 ** 52) - 52 : biased - 1023
}

const bits = new Float64Array(1)
const words = new Uint32Array(bits.buffer)

/** Every figure of `counts[c]` elements of value `values[c]`. */
export function statisticsOfCodes(type: StorageType, counts: Float64Array, values: Float64Array): Statistics {
  const sum = new Sum()
  const l1 = new Sum()
  const squares = new Sum()
  const tally = { count: 0, zeros: 0, nan: 0, posInf: 0, negInf: 0 }
  let finite = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  const first = -1074
  const exponents = new Float64Array(2098)
  for (let code = 0; code < counts.length; code++) {
    const n = counts[code]!
    if (n === 0) continue
    const x = values[code]!
    tally.count += n
    if (Number.isNaN(x)) tally.nan += n
    else if (x === Number.POSITIVE_INFINITY) tally.posInf += n
    else if (x === Number.NEGATIVE_INFINITY) tally.negInf += n
    else {
      finite += n
      if (x === 0) tally.zeros += n
      else exponents[exponentOf(x) - first]! += n
      min = Math.min(min, x)
      max = Math.max(max, x)
      sum.add(n * x)
      l1.add(n * Math.abs(x))
      squares.add(n * x * x)
    }
  }
  const rest = { ...tally, ...exponentsFrom(minNormalExponent(type), first, exponents) }
  if (finite === 0) return { ...rest, l1: 0, l2: 0, linf: 0, sum: 0, mean: 0, m2: 0, std: 0, min: 0, max: 0 }
  const mean = min === max ? min : Math.min(Math.max(sum.value / finite, min), max)
  const m2 = min === max ? 0 : squaredDeviations(counts, values, mean)
  return {
    ...rest,
    l1: l1.value,
    l2: Math.sqrt(squares.value),
    linf: Math.max(-min, max),
    sum: sum.value,
    mean: mean + 0,
    m2,
    std: Math.sqrt(m2 / finite),
    min: min + 0,
    max: max + 0,
  }
}

function squaredDeviations(counts: Float64Array, values: Float64Array, mean: number): number {
  const squares = new Sum()
  for (let code = 0; code < counts.length; code++) {
    const n = counts[code]!
    const deviation = values[code]! - mean
    if (n > 0 && Number.isFinite(deviation)) squares.add(n * deviation * deviation)
  }
  return squares.value
}

/** The kernels' tables are 32-bit: emptied before they could overflow. */
const mostPending = 2 ** 30
const tables = 4

/** A pass over one-byte codes. */
export class CodePass implements StatisticsPass {
  readonly type: CodeType
  readonly #context: ConversionContext
  readonly #counts = new Float64Array(256)
  #tables: Pointer
  #pending = 0

  constructor(context: ConversionContext, type: CodeType) {
    this.type = type
    this.#context = context
    this.#tables = context.alloc(tables * 1024)
    this.#view().fill(0)
  }

  update(pointer: Pointer, count: number): void {
    this.#alive()
    for (let done = 0; done < count; done += mostPending) {
      const some = Math.min(mostPending, count - done)
      this.#context.arith.countBytes(this.#tables, pointer + done, some)
      this.#pending += some
      if (this.#pending >= mostPending) this.#flush()
    }
  }

  merge(other: StatisticsPass): void {
    this.#alive()
    if (!(other instanceof CodePass) || other.type !== this.type)
      throw new UsageError(
        `statistics: a pass over ${this.type} can only be merged with another pass over ${this.type}.`,
      )
    other.#flush()
    for (let code = 0; code < 256; code++) this.#counts[code]! += other.#counts[code]!
  }

  finish(): Statistics {
    this.#alive()
    this.#flush()
    return statisticsOfCodes(this.type, this.#counts, codeValues(this.type))
  }

  dispose(): void {
    if (this.#tables !== 0) this.#context.free(this.#tables)
    this.#tables = 0
  }

  #view(): Uint32Array {
    return new Uint32Array(this.#context.memory.buffer, this.#tables, tables * 256)
  }

  #flush(): void {
    if (this.#pending === 0) return
    const view = this.#view()
    for (let i = 0; i < view.length; i++) this.#counts[i % 256]! += view[i]!
    view.fill(0)
    this.#pending = 0
  }

  #alive(): void {
    if (this.#tables === 0) throw new UsageError('statistics: the pass has been disposed of.')
  }
}
