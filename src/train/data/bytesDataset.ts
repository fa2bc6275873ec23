/** Examples whose inputs are bytes (pixels): kept as they are, a quarter of the memory, and handed out as f32. */
import { plural, UsageError } from '../../core/index.js'
import { tensor } from '../../tensor/index.js'
import { empty, tidy, view } from '../../tensor/internal.js'
import type { Batch, Dataset } from '../types.js'
import { checkClasses } from './classes.js'

export interface BytesDatasetOptions {
  /** Names of the classes; `0`, `1`, ... up to the largest label where absent. */
  classes?: readonly string[]
  /** Multiplies the bytes; 1 / 255 by default. */
  scale?: number
}

/**
 * Inputs are bytes [n, ..inputShape], handed out as f32 times `scale`; labels are classes.
 *
 * Throws UsageError where counts differ and for labels out of range.
 */
export class BytesDataset implements Dataset {
  readonly length: number
  readonly targetShape: readonly number[] = []
  readonly classes: readonly string[]
  readonly #size: number
  /** What each byte becomes, rounded once. */
  readonly #values: Float32Array

  constructor(
    readonly bytes: Uint8Array,
    readonly inputShape: readonly number[],
    readonly classLabels: Int32Array,
    options: BytesDatasetOptions = {},
  ) {
    const { scale = 1 / 255 } = options
    this.#size = inputShape.reduce((a, b) => a * b, 1)
    this.length = classLabels.length
    if (bytes.length !== this.length * this.#size)
      throw new UsageError(
        `BytesDataset: ${bytes.length} bytes for ${plural(this.length, 'label')} and inputs of ${this.#size}; expected ${this.length * this.#size}.`,
      )
    this.classes = checkClasses('BytesDataset', classLabels, options.classes)
    // A division where the scale is one: 255 / 255 is 1, and PyTorch divides too.
    const divisor = Math.round(1 / scale)
    const divides = Math.abs(1 / scale - divisor) < 1e-9
    this.#values = Float32Array.from({ length: 256 }, (_, byte) => (divides ? byte / divisor : byte * scale))
  }

  batch(indices: Int32Array): Batch {
    return tidy(() => {
      const size = this.#size
      const target = tensor(Int32Array.from(indices, (i) => this.classLabels[i]!))
      const input = empty('f32', [indices.length, ...this.inputShape])
      const out = view(input)
      const { bytes } = this
      const values = this.#values
      for (let row = 0, at = 0; row < indices.length; row++)
        for (let from = indices[row]! * size, end = from + size; from < end; from++) out[at++] = values[bytes[from]!]!
      return { input, target }
    })
  }

  labels(): Int32Array {
    return this.classLabels
  }
}
