/** Elements where a mask (bytes, 0 or not) is set. Sixteen bytes of the mask at a time become bits, whose set ones are walked. */

/** Bits of the mask bytes i .. i + 15, those from `n` on 0. */
// @ts-ignore: decorator
@inline
function bitsAt(i: i32, n: i32, mask: usize): u32 {
  const at = mask + <usize>i
  if (n - i >= 16) return i8x16.bitmask(i8x16.ne(v128.load(at), i64x2.splat(0)))
  let bits: u32 = 0
  for (let k = 0; k < n - i; k++) bits |= <u32>(load<u8>(at + <usize>k) != 0) << k
  return bits
}

/** How many bytes of the mask are set. */
export function countSet(n: i32, mask: usize): i32 {
  let count = 0
  for (let i = 0; i < n; i += 16) count += popcnt<u32>(bitsAt(i, n, mask))
  return count
}

/** Copies the chosen elements to `out`, which may be x; returns how many. */
export function compressOf<T>(n: i32, mask: usize, x: usize, out: usize): i32 {
  let to = out
  for (let i = 0; i < n; i += 16) {
    let bits = bitsAt(i, n, mask)
    if (bits == 0xffff) {
      memory.copy(to, x, 16 * sizeof<T>())
      to += 16 * sizeof<T>()
    } else
      for (; bits != 0; bits &= bits - 1) {
        store<T>(to, load<T>(x + <usize>ctz<u32>(bits) * sizeof<T>()))
        to += sizeof<T>()
      }
    x += 16 * sizeof<T>()
  }
  return <i32>((to - out) / sizeof<T>())
}

/** Puts the elements of x one after the other where the mask is set. */
export function expandOf<T>(n: i32, mask: usize, x: usize, out: usize): void {
  for (let i = 0; i < n; i += 16) {
    for (let bits = bitsAt(i, n, mask); bits != 0; bits &= bits - 1) {
      store<T>(out + <usize>ctz<u32>(bits) * sizeof<T>(), load<T>(x))
      x += sizeof<T>()
    }
    out += 16 * sizeof<T>()
  }
}
