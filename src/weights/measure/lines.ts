/**
 * L2 norms along the output and the input axis: rows of a linear layer, filters and channels of a convolution. One `LinePass` sees the tensor
 * as a matrix with the output axis first or last, and kernel positions are folded into their channel.
 */
import type { Kind } from '../../checkpoint/index.js'
import type { LineFigures } from '../types.js'

/** How a tensor is cut into lines. */
export interface LineLayout {
  /** The matrix that the pass sees. */
  readonly rows: number
  readonly columns: number
  /** Whether outputs are the rows of that matrix. */
  readonly outputsAreRows: boolean
  /** Which channel a row or column belongs to: `floor(i / block) % channels`. */
  readonly rowChannels: Channels
  readonly columnChannels: Channels
}

interface Channels {
  readonly channels: number
  readonly block: number
}

/** Beyond so many lines their norms alone would take hundreds of megabytes, and say nothing. */
export const mostLines = 2 ** 23

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1)

/** Kinds whose third axis in front only stacks matrices: experts, or the directions of a recurrent layer in ONNX. */
const stacked: ReadonlySet<Kind> = new Set(['linear', 'recurrent', 'attention'])

/** Whether the tensor is a stack of matrices [stack, a, b]. */
export function isStack(kind: Kind, shape: readonly number[]): boolean {
  return shape.length === 3 && stacked.has(kind)
}

/** The layout for a tensor of two or more axes; `outAxis` null counts as the first. */
export function lineLayout(shape: readonly number[], outAxis: number | null, kind: Kind): LineLayout {
  const last = shape.length - 1
  if (isStack(kind, shape)) {
    const rows = shape[0]! * shape[1]!
    return {
      rows,
      columns: shape[2]!,
      outputsAreRows: outAxis !== 2,
      rowChannels: { channels: rows, block: 1 },
      columnChannels: { channels: shape[2]!, block: 1 },
    }
  }
  if (outAxis === last && last >= 2) {
    // [..., in, out]: kernels of JAX and Keras.
    const rows = product(shape.slice(0, last))
    return {
      rows,
      columns: shape[last]!,
      outputsAreRows: false,
      rowChannels: { channels: shape[last - 1]!, block: 1 },
      columnChannels: { channels: shape[last]!, block: 1 },
    }
  }
  const rows = shape[0]!
  const inner = product(shape.slice(2))
  return {
    rows,
    columns: shape[1]! * inner,
    outputsAreRows: outAxis !== 1,
    rowChannels: { channels: rows, block: 1 },
    columnChannels: { channels: shape[1]!, block: inner },
  }
}

/** What a finished `LinePass` says of both axes. */
export interface LineResult {
  readonly rowNorms: Float64Array
  readonly columnNorms: Float64Array
  readonly deadRows: Uint32Array
  readonly deadColumns: Uint32Array
}

/** Figures along outputs (`rows`) and inputs (`columns`). */
export function lineFigures(layout: LineLayout, result: LineResult): { rows: LineFigures; columns: LineFigures } {
  const first = summarize(fold(result.rowNorms, result.deadRows, layout.rowChannels))
  const second = summarize(fold(result.columnNorms, result.deadColumns, layout.columnChannels))
  return layout.outputsAreRows ? { rows: first, columns: second } : { rows: second, columns: first }
}

interface Lines {
  readonly norms: Float64Array
  readonly dead: readonly number[]
}

/** Joins the lines of one channel; a channel is dead when all its lines are. */
function fold(norms: Float64Array, dead: Uint32Array, { channels, block }: Channels): Lines {
  if (channels === norms.length) return { norms, dead: [...dead] }
  const joined = new Float64Array(channels)
  const lines = new Uint32Array(channels)
  const deadLines = new Uint32Array(channels)
  const channelOf = (i: number): number => Math.floor(i / block) % channels
  for (let i = 0; i < norms.length; i++) {
    const channel = channelOf(i)
    joined[channel] = Math.hypot(joined[channel]!, norms[i]!)
    lines[channel]!++
  }
  for (const i of dead) deadLines[channelOf(i)]!++
  const deadChannels: number[] = []
  for (let i = 0; i < channels; i++) if (lines[i]! > 0 && lines[i] === deadLines[i]) deadChannels.push(i)
  return { norms: joined, dead: deadChannels }
}

function summarize({ norms, dead }: Lines): LineFigures {
  let least = norms[0] ?? 0
  let most = least
  for (const norm of norms) {
    if (norm < least) least = norm
    if (norm > most) most = norm
  }
  return {
    count: norms.length,
    dead: dead.length,
    deadIndices: dead.slice(0, 16),
    min: least,
    median: norms.length === 0 ? 0 : medianOf(norms.slice()),
    max: most,
  }
}

/** Puts the element that belongs at `place` of ascending order there, and none that is greater before it (Hoare's selection). */
function select(values: Float64Array, place: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = values[place]!
    let i = low
    let j = high
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const swapped = values[i]!
      values[i++] = values[j]!
      values[j--] = swapped
    }
    if (j < place) low = i
    if (i > place) high = j
  }
  return values[place]!
}

/** In linear time, where sorting took as long as reading; changes the order of `values`. */
function medianOf(values: Float64Array): number {
  const middle = values.length >> 1
  const upper = select(values, middle)
  if (values.length % 2 === 1) return upper
  let lower = values[0]!
  for (let i = 1; i < middle; i++) lower = Math.max(lower, values[i]!)
  return (lower + upper) / 2
}
