/** Substitution with sparse triangles stored by rows: what SSOR, IC(0) and ILU(0) are applied by. x and b may be one array. */
import type { Csr } from '../../sparse/csr.js'

/** Rows that hold the part below the diagonal, the diagonal apart. */
export interface Triangle {
  readonly n: number
  readonly indptr: Int32Array
  readonly indices: Int32Array
  readonly values: Float64Array
}

/** x = (D + L)^-1 b; `inverse` is D^-1, null for a unit diagonal. */
export function solveLower(
  { n, indptr, indices, values }: Triangle,
  inverse: Float64Array | null,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = 0; i < n; i++) {
    let rest = b[i]!
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) rest -= values[k]! * x[indices[k]!]!
    x[i] = inverse === null ? rest : rest * inverse[i]!
  }
}

/** x = (D + U)^-1 b. */
export function solveUpper(
  { n, indptr, indices, values }: Triangle,
  inverse: Float64Array,
  b: Float64Array,
  x: Float64Array,
): void {
  for (let i = n - 1; i >= 0; i--) {
    let rest = b[i]!
    for (let k = indptr[i]!, end = indptr[i + 1]!; k < end; k++) rest -= values[k]! * x[indices[k]!]!
    x[i] = rest * inverse[i]!
  }
}

/** The part strictly below or above the diagonal. */
export function strictTriangle({ rows, indptr, indices, values }: Csr, part: 'lower' | 'upper'): Triangle {
  const starts = new Int32Array(rows + 1)
  const belongs = (i: number, j: number): boolean => (part === 'lower' ? j < i : j > i)
  for (let i = 0; i < rows; i++) {
    let count = starts[i]!
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) if (belongs(i, indices[k]!)) count++
    starts[i + 1] = count
  }
  const places = new Int32Array(starts[rows]!)
  const taken = new Float64Array(places.length)
  let at = 0
  for (let i = 0; i < rows; i++) {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      if (!belongs(i, indices[k]!)) continue
      places[at] = indices[k]!
      taken[at++] = values[k]!
    }
  }
  return { n: rows, indptr: starts, indices: places, values: taken }
}

/** The transpose of a triangle, by rows again. */
export function transposeTriangle({ n, indptr, indices, values }: Triangle): Triangle {
  const starts = new Int32Array(n + 1)
  for (let k = 0; k < indices.length; k++) starts[indices[k]! + 1]!++
  for (let j = 0; j < n; j++) starts[j + 1]! += starts[j]!
  const next = starts.slice()
  const places = new Int32Array(indices.length)
  const moved = new Float64Array(values.length)
  for (let i = 0; i < n; i++) {
    for (let k = indptr[i]!; k < indptr[i + 1]!; k++) {
      const place = next[indices[k]!]!++
      places[place] = i
      moved[place] = values[k]!
    }
  }
  return { n, indptr: starts, indices: places, values: moved }
}
