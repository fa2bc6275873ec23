/** A difference of two tensors as row panels, read from both files at every visit: for matrices too large to keep. */
import type { Source, TensorEntry } from '../../checkpoint/index.js'
import { edits } from '../../kernels/index.js'
import type { Real } from '../../lapack/index.js'
import {
  type Arena,
  type MeasureEngine,
  type MeasureOptions,
  type Panels,
  panelRows,
  withArena,
} from '../measure/index.js'
import { chunkElements, streamPair } from './stream.js'

/** b - a in f64, row by row; `rows` of a panel by default what a fast product likes. */
export function panelsOfPair(
  pair: readonly [TensorEntry, TensorEntry],
  shape: { readonly rows: number; readonly columns: number },
  sources: readonly Source[],
  engine: MeasureEngine,
  options: MeasureOptions,
  real: Real,
  arena: Arena,
  step = panelRows(shape.rows, shape.columns),
): Panels {
  const { kernels } = engine
  const { rows, columns } = shape
  const difference = edits(kernels)[`difference_${real}`]
  const panel = arena.alloc((step * columns + chunkElements) * 8)
  return {
    rows,
    columns,
    scale: 0,
    async each(visit) {
      let [filled, first] = [0, 0]
      const full = step * columns
      const give = (count: number): void => {
        visit(panel, first, count)
        first += count
        filled -= count * columns
        kernels.u8(panel, (count * columns + filled) * 8).copyWithin(0, count * columns * 8)
      }
      await withArena(kernels, (inner) =>
        streamPair(pair, sources, engine, options, real, inner, (a, b, count) => {
          difference(a, b, count, panel + filled * 8)
          filled += count
          while (filled >= full) give(step)
        }),
      )
      if (filled > 0) give(filled / columns)
    },
  }
}
