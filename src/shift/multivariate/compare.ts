/** All tests of whole tables at once, for the report. */
import type { Tensor } from '../../tensor/index.js'
import type { TableShift } from '../types.js'
import { classifierTwoSample } from './classifier.js'
import type { ClassifierKind } from './folds.js'
import { energyTest, mmd } from './mmd.js'

export interface CompareRowsOptions {
  /** Names of the columns. */
  names?: readonly string[]
  /** Of the classifier: `quadratic` by default. */
  model?: ClassifierKind
  /** Of the maximum mean discrepancy and the energy distance: 199. */
  permutations?: number
  seed?: number
  /** Rows of a block that stay together, for rows in the order of time: see `autoBlockLength`. */
  blockLength?: number
}

/** Rows from which on a test of the whole table is made. */
const fewest = 10

/**
 * Tests of two matrices of rows, as `shift` reports them; null where either has fewer than 10 rows or there is no column. Columns should have
 * one unit: standardize them by the reference.
 */
export function compareRows(x: Tensor, y: Tensor, options: CompareRowsOptions = {}): TableShift {
  if (x.shape[1] === 0 || x.shape[0]! < fewest || y.shape[0]! < fewest) return { mmd: null, energy: null, c2st: null }
  const { names = [], model = 'quadratic', permutations = 199, seed = 0, blockLength = 1 } = options
  const shared = { permutations, seed, blockLength }
  const { squared, p, bandwidth } = mmd(x, y, shared)
  const energy = energyTest(x, y, shared)
  const c2st = classifierTwoSample(x, y, { names, model, seed, blockLength })
  return {
    mmd: { squared, p, bandwidth, permutations },
    energy: { statistic: energy.statistic, p: energy.p },
    c2st: { auc: c2st.auc, p: c2st.p, columns: c2st.columns },
  }
}
