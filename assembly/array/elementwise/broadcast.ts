/**
 * Broadcasting: operations on operands of any strides. The output is walked in boxes: runs of inner axes, of at most a block of elements, that lie
 * next to each other in the output. An operand that lies so too is used in place; one that is the same element all over the box is repeated over 64
 * bytes; any other is gathered into a block. What a block holds is kept while the next box would need the same.
 */
import { coalesce, list, setWord, word } from './axes'
import { binaryRun } from './binary'
import { repeat } from './fill'
import { gatherAxes } from './move'
import { blockElements, conditionBlock, firstBlock, operands, outerIndex, plan, secondBlock } from './scratch'
import { whereRun } from './where'

/** Rows of at least so many elements are boxes by themselves when no operand must be gathered along them. */
const longRow = 512

const nothing: usize = ~0

enum Mode { InPlace, Repeated, Gathered }

@unmanaged
class Operand {
  /** First element of the present box. */
  place: usize
  bytes: i32
  strides: usize
  block: usize
  mode: Mode
  /** Place and size of the box that the block holds. */
  held: usize
  heldSize: i32

  /** Where the box can be read in the output's order. */
  source(axis: i32, rank: i32, size: i32): usize {
    if (this.mode == Mode.InPlace) return this.place
    if (this.held != this.place || this.heldSize < size) {
      if (this.mode == Mode.Repeated) repeat(this.bytes, 64 / this.bytes, this.place, this.block)
      else gatherAxes(this.bytes, rank - axis, list(0) + (<usize>axis << 2), this.strides + (<usize>axis << 2), this.place, this.block)
      this.held = this.place
      this.heldSize = this.mode == Mode.Repeated ? i32.MAX_VALUE : size
    }
    return this.block
  }

  // @ts-ignore: decorator
  @inline get step(): usize {
    return this.mode == Mode.Repeated ? 0 : 16
  }
}

// @ts-ignore: decorator
@inline
function operand(which: i32): Operand {
  return changetype<Operand>(operands + <usize>which * offsetof<Operand>())
}

function setOperand(which: i32, bytes: i32, place: usize, strides: usize, block: usize): void {
  const one = operand(which)
  one.bytes = bytes
  one.place = place
  one.strides = strides
  one.block = block
  one.held = nothing
  one.heldSize = 0
}

/** How an operand lies in boxes of the axes from `axis` on. */
function modeOf(strides: usize, axis: i32, rank: i32): Mode {
  let step = 1, plain = true, same = true
  for (let k = rank - 1; k >= axis; k--) {
    if (word(strides, k) != step) plain = false
    if (word(strides, k) != 0) same = false
    step *= word(list(0), k)
  }
  return plain ? Mode.InPlace : same ? Mode.Repeated : Mode.Gathered
}

/** Sets the modes; true when an operand must be gathered. */
function setModes(count: i32, axis: i32, rank: i32): bool {
  let gathered = false
  for (let k = 0; k < count; k++) {
    const mode = modeOf(operand(k).strides, axis, rank)
    operand(k).mode = mode
    if (mode == Mode.Gathered) gathered = true
  }
  return gathered
}

/** op = -1: where. `bytes` is an element's in the output. */
function run(op: i32, type: i32, bytes: i32, axis: i32, rank: i32, n: i32, out: usize): void {
  const a = operand(0), b = operand(1)
  const fromA = a.source(axis, rank, n), fromB = b.source(axis, rank, n)
  if (op >= 0) binaryRun(op, type, n, fromA, a.step, fromB, b.step, out)
  else whereRun(bytes, n, operand(2).source(axis, rank, n), operand(2).step, fromA, a.step, fromB, b.step, out)
}

/** Places of the boxes one step further on the axes before `axis`; false at the end. */
function advance(count: i32, axis: i32): bool {
  for (let k = axis - 1; k >= 0; k--) {
    const size = word(list(0), k), next = word(outerIndex, k) + 1
    const back = next < size ? 0 : size
    for (let i = 0; i < count; i++) operand(i).place += <usize>(word(operand(i).strides, k) * operand(i).bytes * (1 - back))
    setWord(outerIndex, k, back ? 0 : next)
    if (!back) return true
  }
  return false
}

function walk(op: i32, type: i32, bytes: i32, block: i32, rank: i32, count: i32, out: usize): void {
  const shape = list(0)
  // The box: all axes after `axis`, and `most` steps of `axis` itself.
  let axis = rank - 1, inner = 1
  if (word(shape, axis) < longRow || setModes(count, axis, rank)) {
    while (axis > 0 && inner * word(shape, axis) <= block) {
      inner *= word(shape, axis)
      axis--
    }
  }
  const size = word(shape, axis)
  const most = setModes(count, axis, rank) ? max(1, min(size, block / inner)) : size
  for (let k = 0; k < axis; k++) setWord(outerIndex, k, 0)
  while (true) {
    for (let done = 0; done < size; done += most) {
      const steps = min(most, size - done)
      // The axis is cut to the box while operands are gathered.
      setWord(shape, axis, steps)
      run(op, type, bytes, axis, rank, steps * inner, out)
      for (let k = 0; k < count; k++) operand(k).place += <usize>(word(operand(k).strides, axis) * steps * operand(k).bytes)
      out += <usize>(steps * inner) * bytes
    }
    setWord(shape, axis, size)
    for (let k = 0; k < count; k++) operand(k).place -= <usize>(word(operand(k).strides, axis) * size * operand(k).bytes)
    if (!advance(count, axis)) return
  }
}

/** Plan: shape, strides of a, strides of b. Out is contiguous and apart from both. */
export function binaryStrided(op: i32, type: i32, rank: i32, a: usize, b: usize, out: usize): void {
  const kept = coalesce(plan, rank, 2)
  if (kept == 0) return
  const bytes = type == 1 ? 8 : type == 3 ? 1 : 4
  setOperand(0, bytes, a, list(1), firstBlock)
  setOperand(1, bytes, b, list(2), secondBlock)
  walk(op, type, op >= 12 ? 1 : bytes, blockElements(bytes), kept, 2, out)
}

/** out = c ? a : b. Plan: shape, strides of c, of a, of b. */
export function where(bytes: i32, rank: i32, c: usize, a: usize, b: usize, out: usize): void {
  const kept = coalesce(plan, rank, 3)
  if (kept == 0) return
  setOperand(0, bytes, a, list(2), firstBlock)
  setOperand(1, bytes, b, list(3), secondBlock)
  setOperand(2, 1, c, list(1), conditionBlock)
  walk(-1, 0, bytes, blockElements(bytes), kept, 3, out)
}
