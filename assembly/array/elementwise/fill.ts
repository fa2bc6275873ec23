/** Elements of one value, or evenly spaced. */

/** The value in a type's 16 bytes. */
function pattern(type: i32, value: f64): v128 {
  if (type == 0) return f32x4.splat(<f32>value)
  if (type == 1) return f64x2.splat(value)
  if (type == 2) return i32x4.splat(<i32>value)
  return i8x16.splat(value != 0 ? 1 : 0)
}

function spread(v: v128, bytes: usize, out: usize): void {
  const end = out + bytes
  for (; end - out >= 64; out += 64) {
    v128.store(out, v)
    v128.store(out, v, 16)
    v128.store(out, v, 32)
    v128.store(out, v, 48)
  }
  for (; end - out >= 16; out += 16) v128.store(out, v)
  for (; end - out >= 4; out += 4) {
    v128.store32_lane(out, v, 0)
    v = i8x16.shuffle(v, v, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3)
  }
  for (; out < end; out++) store<u8>(out, i8x16.extract_lane_u(v, 0))
}

/** 64 bytes of one value. */
export function splat(type: i32, value: f64, out: usize): void {
  spread(pattern(type, value), 64, out)
}

/** n copies of the element of `bytes` bytes at x. */
export function repeat(bytes: i32, n: i32, x: usize, out: usize): void {
  if (bytes == 4) spread(v128.load32_splat(x), <usize>n << 2, out)
  else if (bytes == 8) spread(v128.load64_splat(x), <usize>n << 3, out)
  else memory.fill(out, load<u8>(x), n)
}

export function fill(type: i32, n: i32, value: f64, out: usize): void {
  if (n <= 0) return
  if (type == 3) memory.fill(out, value != 0 ? 1 : 0, n)
  else spread(pattern(type, value), <usize>n << (type == 1 ? 3 : 2), out)
}

/** start + i step, in f64; then as `cast` does. */
export function ramp(type: i32, n: i32, start: f64, step: f64, out: usize): void {
  for (let i = 0; i < n; i++) {
    const value = start + <f64>i * step
    if (type == 0) store<f32>(out + (<usize>i << 2), <f32>value)
    else if (type == 1) store<f64>(out + (<usize>i << 3), value)
    else if (type == 2) store<i32>(out + (<usize>i << 2), <i32>value)
    else store<u8>(out + i, value != 0 ? 1 : 0)
  }
}
