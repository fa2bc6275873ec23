/**
 * Statistics and line norms of a matrix in one go. Tiles of whole groups of four rows go through loops that feed both; what does not fit them
 * (parts of rows, the last rows, narrow matrices, passes that have no tables) goes through the two passes one after the other. A tile whose
 * squares show NaN or infinities is gathered and measured with care.
 */
import { bf16_f32 } from '../convert'
import { addTo, careful, lines_f32 } from '../lines'
import { blockScratch, columnScratch, pairTables, rowScratch } from '../scratch'
import { binOf } from '../statistics/histogram'
import { smallInPairs } from '../statistics/pairs'
import { addPending, sortSmall, update16, updateF32 } from '../statistics/real'
import { zoneAt } from '../statistics/state'
import { blockElements, cancels, compact, joinBlock, setSums, sweep } from '../statistics/sums'
import { acquire, codesBF16, pairsF32 } from '../statistics/tables'
import { quadBF16 } from './bf16'
import { quadF32 } from './f32'
import { absolute, clearSums, largest, smallest, total } from './sums'

/** Columns of a tile at most; `columnScratch` holds their sums. */
const tileColumns: u32 = 512
/** Rows of a tile at most; `rowScratch` holds their sums. */
const tileRows: u32 = 256
/** Below so many columns a tile costs more than it saves. */
const leastColumns: u32 = 16
/** Upper half of the scratch block; the lower is for what `compact` keeps. */
const gathered: usize = blockScratch + (<usize>blockElements << 2)

// Where the sums of squares go.
let rowSums: usize = 0
let rowCount: usize = 0
let columnSums: usize = 0
let columnCount: usize = 0

/** Copies a tile to `gathered` as contiguous f32. */
function gather<T>(from: usize, stride: usize, rows: u32, columns: u32): void {
  for (let row: usize = 0; row < <usize>rows; row++) {
    const to = gathered + ((row * <usize>columns) << 2)
    if (sizeof<T>() == 4) memory.copy(to, from + row * stride, <usize>columns << 2)
    else bf16_f32(from + row * stride, columns, to)
  }
}

/** Sum of the squares of a tile's rows. */
function squaresOf(rows: u32): f64 {
  let sum: f64 = 0
  for (let row: usize = 0; row < <usize>rows; row++) sum += load<f64>(rowScratch + (row << 3))
  return sum
}

function tileF32(state: usize, from: usize, stride: usize, rows: u32, columns: u32): f64 {
  clearSums()
  for (let row: u32 = 0; row < rows; row += 4)
    quadF32(state, from + <usize>row * stride, stride, columns, rowScratch + (<usize>row << 3))
  const squares = squaresOf(rows)
  let n = rows * columns
  let block = gathered
  if (squares < Infinity) {
    setSums(total, absolute, squares, smallest, largest)
    // Only deviations around the mean read the elements again.
    if (cancels(n)) gather<f32>(from, stride, rows, columns)
  } else {
    gather<f32>(from, stride, rows, columns)
    n = compact<f32>(state, gathered, n, blockScratch)
    block = blockScratch
    if (n == 0) return squares
    sweep<f32>(block, n, 0, 1)
  }
  joinBlock<f32>(state, block, n, 1)
  return squares
}

function tileBF16(from: usize, stride: usize, rows: u32, columns: u32): f64 {
  for (let row: u32 = 0; row < rows; row += 4)
    quadBF16(from + <usize>row * stride, stride, columns, rowScratch + (<usize>row << 3))
  return squaresOf(rows)
}

/** Measures `rows`, a multiple of four, of the whole matrix in tiles. The state has its tables. */
function tiles<T>(state: usize, from: usize, rows: u32, row: u32, columns: u32): void {
  const stride = <usize>columns * sizeof<T>()
  const strips = (columns + tileColumns - 1) / tileColumns
  const width = ((columns + strips - 1) / strips + 3) & ~3
  const height = min(tileRows, (blockElements / width) & ~3)
  for (let done: u32 = 0; done < rows; done += height) {
    const some = min(height, rows - done)
    for (let column: u32 = 0; column < columns; column += width) {
      const wide = min(width, columns - column)
      const at = from + <usize>done * stride + <usize>column * sizeof<T>()
      memory.fill(columnScratch, 0, <usize>wide << 3)
      const squares = sizeof<T>() == 4 ? tileF32(state, at, stride, some, wide) : tileBF16(at, stride, some, wide)
      const rowsAt = rowSums + (<usize>(row + done) << 3)
      const columnsAt = columnSums + (<usize>column << 3)
      if (squares < Infinity) {
        addTo(rowsAt, rowScratch, some)
        addTo(columnsAt, columnScratch, wide)
      } else {
        gather<T>(at, stride, some, wide)
        careful<f32>(gathered, <usize>wide << 2, some, wide, rowsAt, rowCount, columnsAt, columnCount)
      }
    }
  }
}

/** The two passes one after the other. */
function apart<T>(state: usize, from: usize, count: u32, row: u32, column: u32): void {
  if (sizeof<T>() == 4) {
    updateF32(state, from, count)
    lines_f32(from, count, row, column, rowSums, <u32>rowCount, columnSums, <u32>columnCount)
    return
  }
  update16(state, from, count, false)
  for (; count > 0; ) {
    const n = min(count, blockElements)
    bf16_f32(from, n, blockScratch)
    lines_f32(blockScratch, n, row, column, rowSums, <u32>rowCount, columnSums, <u32>columnCount)
    from += <usize>n << 1
    count -= n
    column += n
    row += column / <u32>columnCount
    column %= <u32>columnCount
  }
}

/** Rows that begin at the first column, in tiles. Whether it could. */
function together<T>(state: usize, from: usize, rows: u32, row: u32, columns: u32): bool {
  const count = rows * columns
  if (columns < leastColumns || !acquire(state, sizeof<T>() == 4 ? pairsF32 : codesBF16, count)) return false
  store<f64>(state, 0, zoneAt)
  if (sizeof<T>() == 2) {
    tiles<T>(state, from, rows, row, columns)
    return true
  }
  const before = binOf<f32>(state, 0) + smallInPairs(pairTables)
  addPending<f32>(state, count)
  tiles<T>(state, from, rows, row, columns)
  const small = binOf<f32>(state, 0) + smallInPairs(pairTables) - before
  if (small > 0) sortSmall<f32>(state, from, count, small)
  return true
}

// @ts-ignore: decorator
@inline
function matrix<T>(state: usize, from: usize, count: u32, row: u32, column: u32): void {
  const columns = <u32>columnCount
  if (column > 0) {
    const some = min(count, columns - column)
    apart<T>(state, from, some, row, column)
    count -= some
    from += <usize>some * sizeof<T>()
    row++
  }
  const rows = (count / columns) & ~3
  if (rows > 0 && together<T>(state, from, rows, row, columns)) {
    count -= rows * columns
    from += <usize>rows * <usize>columns * sizeof<T>()
    row += rows
  }
  if (count > 0) apart<T>(state, from, count, row, 0)
}

function target(rowSums_: usize, rows: u32, columnSums_: usize, columns: u32): void {
  rowSums = rowSums_
  rowCount = rows
  columnSums = columnSums_
  columnCount = columns
}

/** `statistics_f32` and `lines_f32` of the same elements. */
export function matrix_f32(
  state: usize, from: usize, count: u32, row: u32, column: u32, rowSums: usize, rows: u32, columnSums: usize, columns: u32,
): void {
  target(rowSums, rows, columnSums, columns)
  matrix<f32>(state, from, count, row, column)
}

/** `statistics_bf16`, and `lines_f32` of the same elements as f32. */
export function matrix_bf16(
  state: usize, from: usize, count: u32, row: u32, column: u32, rowSums: usize, rows: u32, columnSums: usize, columns: u32,
): void {
  target(rowSums, rows, columnSums, columns)
  matrix<u16>(state, from, count, row, column)
}
