/** The frequencies of a periodic convolution, and the coefficients that turn a kernel into its matrix at one of them. */
import { inputSize } from './layout.js'

/** Positions per axis; an axis on which the kernel has one position is the same at every frequency. */
export function inputOf(spatial: readonly number[]): number[] {
  return spatial.map((size) => Math.max(inputSize, size))
}

export interface Frequencies {
  readonly count: number
  readonly taps: number
  /** Writes cos and -sin of 2 pi <f, t> / N for every tap t to two rows of `taps`, row-major over the kernel's axes. */
  coefficients(index: number, target: Float64Array): void
}

/** One of each conjugate pair: the kernel is real, so P(-f) is the conjugate of P(f) and has the same norm. */
export function frequenciesOf(spatial: readonly number[]): Frequencies {
  const sizes = inputOf(spatial).map((size, axis) => (spatial[axis] === 1 ? 1 : size))
  const tables = sizes.map((size) => ({
    re: Float64Array.from({ length: size }, (_, j) => Math.cos((2 * Math.PI * j) / size)),
    im: Float64Array.from({ length: size }, (_, j) => -Math.sin((2 * Math.PI * j) / size)),
  }))
  const total = sizes.reduce((a, b) => a * b, 1)
  const taps = spatial.reduce((a, b) => a * b, 1)
  const kept: number[] = []
  for (let f = 0; f < total; f++) if (f <= conjugate(f, sizes)) kept.push(f)
  return {
    count: kept.length,
    taps,
    coefficients(index, target) {
      const f = digits(kept[index]!, sizes)
      for (let tap = 0; tap < taps; tap++) {
        let re = 1
        let im = 0
        let rest = tap
        for (let axis = spatial.length - 1; axis >= 0; axis--) {
          const t = rest % spatial[axis]!
          rest = Math.floor(rest / spatial[axis]!)
          const at = (f[axis]! * t) % sizes[axis]!
          const c = tables[axis]!.re[at]!
          const s = tables[axis]!.im[at]!
          const next = re * c - im * s
          im = re * s + im * c
          re = next
        }
        target[tap] = re
        target[taps + tap] = im
      }
    },
  }
}

function digits(index: number, sizes: readonly number[]): number[] {
  const f = new Array<number>(sizes.length)
  let rest = index
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    f[axis] = rest % sizes[axis]!
    rest = Math.floor(rest / sizes[axis]!)
  }
  return f
}

function conjugate(index: number, sizes: readonly number[]): number {
  return digits(index, sizes).reduce((all, f, axis) => all * sizes[axis]! + ((sizes[axis]! - f) % sizes[axis]!), 0)
}
