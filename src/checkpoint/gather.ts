/**
 * Views that are not row-major in the file (Fortran order, transposes, slices), turned into row-major order in bounded memory.
 *
 * The output is made in blocks: some indices of one axis, all of those behind it. Of each block the stored runs are read into a buffer, the axes
 * in the order in which memory steps through them, and gathered from there.
 */
import { SystemError, showBytes, storageInfo } from '../core/index.js'
import type { Stored } from './stored.js'
import type { TensorData, TensorReader } from './types.js'

/** A block's buffer; what does not fit is read in several blocks. */
const blockBytes = 32 * 2 ** 20
/** A deflated storage cannot be read in runs without inflating it again for each; it is held whole up to this size. */
const largestHeld = 1024 * 2 ** 20
/** What may be read beside each wanted byte to save calls: nothing, a little, or everything in between. */
const wastes = [1, 4, Number.POSITIVE_INFINITY]
/** A read call costs about as much as this many bytes. */
const callBytes = 4096

interface Axis {
  readonly size: number
  readonly stride: number
}

/** How a block lies in the buffer: strides in elements, the runs that fill it. */
interface Plan {
  readonly strides: readonly number[]
  readonly run: number
  /** Axes outside a run, outermost in memory first. */
  readonly outer: readonly Axis[]
  readonly runs: number
}

/** @param stored closed by the reader's `close` */
export function readStrided(data: TensorData, strides: readonly number[], stored: Stored): TensorReader {
  const { unitBytes } = storageInfo(data.type)
  const axes = merge(data.shape, strides)
  const count = axes.reduce((product, { size }) => product * size, 1)
  const budget = stored.forwardOnly ? heldBudget(axes, unitBytes) : Math.floor(blockBytes / unitBytes)
  const { axis, extent, waste } = chooseBlock(axes, budget, unitBytes, stored.forwardOnly)
  const inner = axes.slice(axis + 1).reduce((product, { size }) => product * size, 1)
  /** Elements in the outputs of one index of the block's axis, and in all of that axis. */
  const whole = inner * (axes[axis]?.size ?? 1)

  let done = 0
  let blockStart = 0
  let blockEnd = 0
  let box: readonly Axis[] = []
  let plan: Plan = { strides: [], run: 1, outer: [], runs: 1 }
  let buffer = new Uint8Array(0)
  let checked = false

  const load = (): void | Promise<void> => {
    const first = Math.floor((done % whole) / inner)
    const size = Math.min(extent, (axes[axis]?.size ?? 1) - first)
    box = axes.slice(axis).map((one, index) => (index === 0 ? { size, stride: one.stride } : one))
    plan = planBlock(box, waste)
    blockStart = done
    blockEnd = done + size * inner
    if (buffer.length < plan.run * plan.runs * unitBytes) buffer = new Uint8Array(plan.run * plan.runs * unitBytes)
    return readRuns(plan, data.offset + originOf(done, axes) * unitBytes, unitBytes, buffer, stored)
  }
  const gather = (target: Uint8Array): number => {
    const amount = Math.min(Math.floor(target.length / unitBytes), blockEnd - done)
    copyElements(buffer, box, plan.strides, done - blockStart, amount, unitBytes, target)
    done += amount
    return amount * unitBytes
  }
  const finish = (length: number): number | Promise<number> => {
    if (done < count || checked) return length
    checked = true
    const verifying = stored.verify()
    return verifying ? verifying.then(() => length) : length
  }
  return {
    byteLength: count * unitBytes,
    next(target: Uint8Array): number | Promise<number> {
      if (done >= count) return 0
      const loading = done >= blockEnd ? load() : undefined
      return loading ? loading.then(() => finish(gather(target))) : finish(gather(target))
    },
    close() {
      buffer = new Uint8Array(0)
      stored.close()
    },
  }
}

/** Drops axes of one element and joins axes that step on as one. */
function merge(shape: readonly number[], strides: readonly number[]): Axis[] {
  const axes: Axis[] = []
  for (const [index, size] of shape.entries()) {
    const stride = strides[index]!
    const last = axes.at(-1)
    if (size === 1) continue
    if (last && last.stride === stride * size) axes[axes.length - 1] = { size: last.size * size, stride }
    else axes.push({ size, stride })
  }
  return axes.length > 0 ? axes : [{ size: 1, stride: 1 }]
}

function spanOf(axes: readonly Axis[]): number {
  return axes.reduce((sum, { size, stride }) => sum + (size - 1) * stride, 1)
}

function heldBudget(axes: readonly Axis[], unitBytes: number): number {
  const span = spanOf(axes)
  if (span * unitBytes <= largestHeld) return span
  throw new SystemError(
    'too-large',
    `a compressed tensor of ${showBytes(span * unitBytes)} that is not in row-major order would have to be held in memory; save it uncompressed (numpy.savez) or in C order.`,
  )
}

interface Choice {
  /** The axis whose indices are split over blocks; a block holds all of the axes behind it. */
  readonly axis: number
  readonly extent: number
  readonly waste: number
}

/** Of all ways to cut the output into blocks whose runs fit the budget, the one that reads least, calls counted as bytes. */
function chooseBlock(axes: readonly Axis[], budget: number, unitBytes: number, forwardOnly: boolean): Choice {
  let best: Choice = { axis: axes.length - 1, extent: 1, waste: 1 }
  let lowest = Number.POSITIVE_INFINITY
  let outside = 1
  for (const [axis, { size, stride }] of axes.entries()) {
    for (let extent = size; ; extent = Math.ceil(extent / 2)) {
      const box = [{ size: extent, stride }, ...axes.slice(axis + 1)]
      const blocks = outside * Math.ceil(size / extent)
      for (const waste of forwardOnly ? wastes.slice(-1) : wastes) {
        const { run, runs } = planBlock(box, waste)
        const cost = blocks * runs * (callBytes + run * unitBytes)
        if (run * runs > budget || cost >= lowest) continue
        lowest = cost
        best = { axis, extent, waste }
      }
      if (extent === 1) break
    }
    outside *= size
  }
  return best
}

/** Joins axes into runs, from the smallest stride up, as long as what is read exceeds what is wanted at most `waste` times. */
function planBlock(box: readonly Axis[], waste: number): Plan {
  const order = box.map((_, index) => index).filter((index) => box[index]!.size > 1 && box[index]!.stride > 0)
  order.sort((a, b) => box[a]!.stride - box[b]!.stride)
  const strides = new Array<number>(box.length).fill(0)
  let run = 1
  let wanted = 1
  let taken = 0
  for (; taken < order.length; taken++) {
    const { size, stride } = box[order[taken]!]!
    const span = run + (size - 1) * stride
    if (span > waste * wanted * size) break
    run = span
    wanted *= size
    strides[order[taken]!] = stride
  }
  let runs = 1
  for (const index of order.slice(taken)) {
    strides[index] = run * runs
    runs *= box[index]!.size
  }
  const outer = order.slice(taken).map((index) => box[index]!)
  return { strides, run, outer: outer.reverse(), runs }
}

/** First element of the block that begins at output element `flat`. */
function originOf(flat: number, axes: readonly Axis[]): number {
  let origin = 0
  let rest = flat
  for (let axis = axes.length - 1; axis >= 0; axis--) {
    const { size, stride } = axes[axis]!
    origin += (rest % size) * stride
    rest = Math.floor(rest / size)
  }
  return origin
}

/** Reads the runs one after the other: the outer axes as nested loops, the one with the smallest stride innermost, so that reading goes forward. */
function readRuns(
  { outer, run, runs }: Plan,
  offset: number,
  unitBytes: number,
  buffer: Uint8Array,
  stored: Stored,
): void | Promise<void> {
  const bytes = run * unitBytes
  const step = (index: number): void | Promise<void> =>
    stored.readInto(offset + originOf(index, outer) * unitBytes, buffer.subarray(index * bytes, (index + 1) * bytes))
  for (let index = 0; index < runs; index++) {
    const reading = step(index)
    if (reading) return finishRuns(reading, index + 1, runs, step)
  }
}

async function finishRuns(
  reading: Promise<void>,
  from: number,
  runs: number,
  step: (index: number) => void | Promise<void>,
): Promise<void> {
  await reading
  for (let index = from; index < runs; index++) await step(index)
}

/** Copies `amount` elements of the box, from its element `start` in row-major order, to `target`. */
function copyElements(
  buffer: Uint8Array,
  box: readonly Axis[],
  strides: readonly number[],
  start: number,
  amount: number,
  unitBytes: number,
  target: Uint8Array,
): void {
  const words = Math.max(1, unitBytes / 4)
  const source = typedView(buffer, unitBytes)
  const aligned = target.byteOffset % Math.min(unitBytes, 4) === 0
  const sink = typedView(aligned ? target : new Uint8Array(amount * unitBytes), unitBytes)
  const last = box.length - 1
  const { size } = box[last]!
  const stride = strides[last]! * words
  let done = 0
  while (done < amount) {
    const flat = start + done
    const column = flat % size
    let at = column * stride
    let rest = Math.floor(flat / size)
    for (let axis = last - 1; axis >= 0; axis--) {
      at += (rest % box[axis]!.size) * strides[axis]! * words
      rest = Math.floor(rest / box[axis]!.size)
    }
    const end = done + Math.min(size - column, amount - done)
    if (words === 1) for (; done < end; done++, at += stride) sink[done] = source[at]!
    else {
      for (; done < end; done++, at += stride) {
        for (let word = 0; word < words; word++) sink[done * words + word] = source[at + word]!
      }
    }
  }
  if (!aligned) target.set(new Uint8Array(sink.buffer, 0, amount * unitBytes))
}

/** Elements as unsigned words of at most 32 bits: as doubles, integers that look like NaN could change. */
function typedView(bytes: Uint8Array, unitBytes: number): Uint8Array | Uint16Array | Uint32Array {
  const { buffer, byteOffset, length } = bytes
  if (unitBytes === 1) return bytes
  if (unitBytes === 2) return new Uint16Array(buffer, byteOffset, length >> 1)
  return new Uint32Array(buffer, byteOffset, length >> 2)
}
