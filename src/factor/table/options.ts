/** What `factorTable` is asked for. */
import type { ColumnPreparation, MissingPolicy, PreprocessOptions, Scaling, SelectOptions, Table } from '../../table/index.js' // biome-ignore format: one line
import type { Method } from '../estimator.js'

export interface FactorTableOptions extends SelectOptions {
  /** `pca` by default. */
  method?: Method
  /**
   * Components or clusters; by default as many as the rules in `stop` speak for. A share, 0 < k < 1, for methods that take one table apart into components:
   * the fewest that hold at least so much of the prepared table's sum of squares (the variance, where the method centres).
   */
  k?: number
  /** A column that is told apart: classes for `lda`, colours of the scatter for others. It is no feature. */
  target?: string
  /** Of numbers; what suits the method by default: see `preprocess.scale` of the report. */
  scale?: Scaling
  /** `error` by default. */
  missing?: MissingPolicy
  nonFinite?: PreprocessOptions['nonFinite']
  /** What is different for some columns. */
  prepare?: Readonly<Record<string, ColumnPreparation>>
  /** The second table of `cca` and `joint`, row by row the same things. */
  with?: Table
  /** Of the estimator: `{ whiten: true }` for PCA, `{ l1: 0.1 }` for NMF. */
  options?: Readonly<Record<string, unknown>>
  /** Seed of everything random; 0 by default. */
  seed?: number
  /** Called with what is done next. */
  onProgress?: (phase: string) => void
}
