/** Lists of axes: shapes and strides as i32, outermost first. */
import { axes, listBytes } from './scratch'

// @ts-ignore: decorator
@inline
export function word(list: usize, axis: i32): i32 {
  return load<i32>(list + (<usize>axis << 2))
}
// @ts-ignore: decorator
@inline
export function setWord(list: usize, axis: i32, value: i32): void {
  store<i32>(list + (<usize>axis << 2), value)
}

/** The list of shape (0) or of an operand's strides (1, 2, 3) after `coalesce`. */
// @ts-ignore: decorator
@inline
export function list(which: i32): usize {
  return axes + <usize>which * listBytes
}

/** Whether axis `axis` of `from` follows on the last of the `kept` axes for every one of `count` operands. */
function follows(from: usize, rank: i32, axis: i32, kept: i32, count: i32): bool {
  const size = word(from, axis)
  for (let k = 1; k <= count; k++) {
    if (word(list(k), kept - 1) != word(from, k * rank + axis) * size) return false
  }
  return true
}

/**
 * Takes shape[rank] and `count` lists of strides at `from`; leaves in `list(0..count)` axes without those of size 1, and with neighbours made one
 * where every operand allows it. Returns how many: at least 1, or 0 when there are no elements.
 */
export function coalesce(from: usize, rank: i32, count: i32): i32 {
  let kept = 0
  for (let axis = 0; axis < rank; axis++) {
    const size = word(from, axis)
    if (size == 0) return 0
    if (size == 1) continue
    if (kept > 0 && follows(from, rank, axis, kept, count)) {
      setWord(list(0), kept - 1, word(list(0), kept - 1) * size)
    } else {
      setWord(list(0), kept, size)
      kept++
    }
    for (let k = 1; k <= count; k++) setWord(list(k), kept - 1, word(from, k * rank + axis))
  }
  if (kept > 0) return kept
  for (let k = 0; k <= count; k++) setWord(list(k), 0, 1)
  return 1
}
