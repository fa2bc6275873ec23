/** Views with strides (transposed, sliced, expanded, Fortran order) as a row-major stream. */
import { FormatError, showBytes, showShape, storageInfo } from '../core/index.js'
import type { StoredBytes } from './stored.js'
import type { TensorData, TensorReader } from './types.js'

/** The stored span is held in memory while it is gathered, so it may not be larger than this. */
const largestSpan = 2 ** 31
const pieceBytes = 1 << 22

/** Whether the elements follow one another in row-major order; axes of one element may have any stride. */
export function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis]! > 1 && strides[axis] !== step) return false
    step *= shape[axis]!
  }
  return true
}

export function gatherReader(bytes: StoredBytes, data: TensorData, count: number): TensorReader {
  const size = storageInfo(data.type).unitBytes
  const { shape } = data
  const strides = data.strides!
  let last = 0
  for (const [axis, stride] of strides.entries()) {
    if (!Number.isSafeInteger(stride) || stride < 0) throw new FormatError('bad-strides', `strides ${showShape(strides)} are not whole numbers of at least 0`)
    last += (shape[axis]! - 1) * stride
  }
  const span = (last + 1) * size
  if (!Number.isSafeInteger(span) || data.offset + span > bytes.size) {
    throw new FormatError(
      'bad-offset',
      `a view of shape ${showShape(shape)} with strides ${showShape(strides)} ends at byte ${data.offset + span} of a storage of ${bytes.size} bytes`,
    )
  }
  if (span > largestSpan) {
    throw new FormatError('too-large', `a strided view over ${showBytes(span)} does not fit into memory; save it contiguously first`)
  }
  let held: Uint8Array | null = null
  const load = async (): Promise<Uint8Array> => {
    const all = new Uint8Array(span)
    for (let at = 0; at < span; at += pieceBytes) await bytes.readInto(data.offset + at, all.subarray(at, Math.min(span, at + pieceBytes)))
    await bytes.verify?.()
    held = all
    return all
  }
  const walk = new Walk(shape, strides)
  let done = 0
  const fill = (from: Uint8Array, target: Uint8Array): number => {
    const wanted = Math.min(count - done, Math.floor(target.length / size))
    copyElements(from, target, walk, wanted, size)
    done += wanted
    return wanted * size
  }
  return {
    byteLength: count * size,
    next(target) {
      if (done === count) return 0
      return held ? fill(held, target) : load().then((all) => fill(all, target))
    },
    close() {
      held = null
      bytes.close()
    },
  }
}

/** The stored index of one element after the other, in row-major order of the view. */
class Walk {
  index = 0
  private readonly place: number[]
  constructor(
    private readonly shape: readonly number[],
    private readonly strides: readonly number[],
  ) {
    this.place = shape.map(() => 0)
  }

  step(): void {
    for (let axis = this.shape.length - 1; axis >= 0; axis--) {
      this.index += this.strides[axis]!
      if (++this.place[axis]! < this.shape[axis]!) return
      this.index -= this.strides[axis]! * this.shape[axis]!
      this.place[axis] = 0
    }
  }
}

function copyElements(from: Uint8Array, target: Uint8Array, walk: Walk, count: number, size: number): void {
  for (let i = 0; i < count; i++) {
    const at = walk.index * size
    const to = i * size
    for (let b = 0; b < size; b++) target[to + b] = from[at + b]!
    walk.step()
  }
}
