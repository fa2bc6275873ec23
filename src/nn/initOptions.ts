/** What every layer with parameters takes. */
import type { DType, Generator } from '../tensor/index.js'

export interface LayerOptions {
  /** f32 (the default) or f64. */
  dtype?: DType
  /** Where initial values come from; the generator that `manualSeed` sets by default. */
  generator?: Generator
}
