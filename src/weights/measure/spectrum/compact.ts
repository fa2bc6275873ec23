/**
 * Removes rows and columns that hold nothing but zeros, frequent in pruned nets: it is exact, and what is left is smaller and better
 * conditioned.
 */
import { type Kernels, measures } from '../../../kernels/index.js'
import { mostLines } from '../lines.js'
import type { Arena } from '../memory.js'
import { bytesOf } from '../stream.js'
import type { MatrixView } from './panels.js'

/** The same matrix without its zero rows and columns; `view` itself when it has none. A zero matrix becomes [0, 0]. */
export function compact(kernels: Kernels, view: MatrixView, arena: Arena): MatrixView {
  const { rows, columns, stride, type, pointer } = view
  if (rows + columns > mostLines) return view
  const pass = measures(kernels).lines(rows, columns, type)
  let dead: { deadRows: Uint32Array; deadColumns: Uint32Array }
  try {
    if (stride === columns) pass.update(pointer, rows * columns)
    else for (let i = 0; i < rows; i++) pass.update(pointer + i * stride * bytesOf(type), columns)
    dead = pass.finish()
  } finally {
    pass.dispose()
  }
  if (dead.deadRows.length === 0 && dead.deadColumns.length === 0) return view
  const aliveRows = complement(dead.deadRows, rows)
  const aliveColumns = complement(dead.deadColumns, columns)
  const size = aliveRows.length * aliveColumns.length
  if (size === 0) return { ...view, rows: 0, columns: 0 }
  const target = arena.alloc(size * bytesOf(type))
  const array = type === 'f64' ? kernels.f64.bind(kernels) : kernels.f32.bind(kernels)
  const to = array(target, size)
  let at = 0
  for (const i of aliveRows) {
    const row = array(pointer + i * stride * bytesOf(type), columns)
    for (const j of aliveColumns) to[at++] = row[j]!
  }
  return { pointer: target, type, rows: aliveRows.length, columns: aliveColumns.length, stride: aliveColumns.length }
}

function complement(removed: Uint32Array, size: number): Uint32Array {
  const alive = new Uint32Array(size - removed.length)
  let at = 0
  let next = 0
  for (let i = 0; i < size; i++) {
    if (removed[next] === i) next++
    else alive[at++] = i
  }
  return alive
}
