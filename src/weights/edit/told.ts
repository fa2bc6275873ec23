/** The figures that an edit tells of a tensor before and after: f32 by a kernel that computes no others, all else by the statistics of `inspect`. */
import type { StorageType } from '../../core/index.js'
import {
  edits,
  type Kernels,
  measures,
  type Pointer,
  type Statistics,
  type StatisticsPass,
} from '../../kernels/index.js'

/** Over the finite elements; 0 when there is none. */
export type Told = Pick<
  Statistics,
  'count' | 'zeros' | 'nan' | 'posInf' | 'negInf' | 'l1' | 'l2' | 'linf' | 'mean' | 'std' | 'min' | 'max'
>

export interface ToldPass {
  /** Reads `count` elements as they are stored. */
  update(pointer: Pointer, count: number): void
  finish(): Told
  dispose(): void
}

export function toldPass(kernels: Kernels, type: StorageType): ToldPass {
  return type === 'f32' ? new Moments(kernels) : measures(kernels).statistics(type)
}

/** Chunks of finite f32 by their moments, merged by Chan's formula; other chunks by the full statistics. */
class Moments implements ToldPass {
  readonly #out: Pointer
  #odd: StatisticsPass | null = null
  #count = 0
  #zeros = 0
  #l1 = 0
  #squares = 0
  #mean = 0
  #m2 = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  constructor(readonly kernels: Kernels) {
    this.#out = kernels.alloc(48)
  }

  update(pointer: Pointer, count: number): void {
    if (count === 0) return
    const { kernels } = this
    const kernel = edits(kernels)
    kernel.moments_f32(pointer, count, this.#out)
    const [zeros, l1, sum, squares, min, max] = kernels.f64(this.#out, 6) as unknown as [number, number, number, number, number, number] // biome-ignore format: one line
    // Squares of finite f32 do not overflow, so this is an element that is not finite.
    if (!Number.isFinite(squares)) {
      this.#odd ??= measures(kernels).statistics('f32')
      this.#odd.update(pointer, count)
      return
    }
    const mean = sum / count
    // The shortcut loses a bit at most where the mean is small beside the spread, as in nearly all weights.
    const m2 = sum * mean <= 0.5 * squares ? squares - sum * mean : kernel.squaresAround_f32(pointer, count, mean)
    this.#zeros += zeros
    this.#l1 += l1
    this.#squares += squares
    this.#merge(count, mean, m2, min, max)
  }

  finish(): Told {
    const odd = this.#odd?.finish()
    const { nan = 0, posInf = 0, negInf = 0 } = odd ?? {}
    const infinite = nan + posInf + negInf
    if (odd !== undefined && odd.count > infinite) this.#merge(odd.count - infinite, odd.mean, odd.m2, odd.min, odd.max)
    const finite = this.#count
    // Plus 0: no negative zero.
    const [min, max] = finite === 0 ? [0, 0] : [this.#min + 0, this.#max + 0]
    return {
      count: finite + infinite,
      zeros: this.#zeros + (odd?.zeros ?? 0),
      nan,
      posInf,
      negInf,
      l1: this.#l1 + (odd?.l1 ?? 0),
      l2: Math.hypot(Math.sqrt(this.#squares), odd?.l2 ?? 0),
      linf: Math.max(Math.abs(min), Math.abs(max)),
      mean: this.#mean,
      std: finite === 0 ? 0 : Math.sqrt(this.#m2 / finite),
      min,
      max,
    }
  }

  dispose(): void {
    this.kernels.free(this.#out)
    this.#odd?.dispose()
  }

  #merge(count: number, mean: number, m2: number, min: number, max: number): void {
    const whole = this.#count + count
    const apart = mean - this.#mean
    this.#mean += (apart * count) / whole
    this.#m2 += m2 + (apart * apart * this.#count * count) / whole
    this.#count = whole
    this.#min = Math.min(this.#min, min)
    this.#max = Math.max(this.#max, max)
  }
}
