/** Integer operations that vectors do not have: lane by lane. */

/** Rounds down; by zero gives 0, and the least number by -1 is itself. */
function quotient(a: i32, b: i32): i32 {
  if (b == 0) return 0
  if (b == -1) return 0 - a
  const q = a / b
  return q * b != a && (a < 0) != (b < 0) ? q - 1 : q
}

/** Has the divisor's sign; by zero gives 0. */
function remainder(a: i32, b: i32): i32 {
  if (b == 0 || b == -1) return 0
  const r = a % b
  return r != 0 && (r < 0) != (b < 0) ? r + b : r
}

/** Wraps around; a negative exponent leaves the whole part, which is 0 but for 1 and -1. */
function power(x: i32, y: i32): i32 {
  if (y < 0) return x == 1 ? 1 : x == -1 ? ((y & 1) ? -1 : 1) : 0
  let result = 1
  for (let base = x; y > 0; y >>= 1) {
    if (y & 1) result *= base
    base *= base
  }
  return result
}

export class IntFloorDivide {
  at(a: v128, b: v128): v128 {
    let y = i32x4.splat(quotient(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)))
    y = i32x4.replace_lane(y, 1, quotient(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)))
    y = i32x4.replace_lane(y, 2, quotient(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)))
    return i32x4.replace_lane(y, 3, quotient(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)))
  }
}

export class IntRemainder {
  at(a: v128, b: v128): v128 {
    let y = i32x4.splat(remainder(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)))
    y = i32x4.replace_lane(y, 1, remainder(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)))
    y = i32x4.replace_lane(y, 2, remainder(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)))
    return i32x4.replace_lane(y, 3, remainder(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)))
  }
}

export class IntPower {
  at(a: v128, b: v128): v128 {
    let y = i32x4.splat(power(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)))
    y = i32x4.replace_lane(y, 1, power(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)))
    y = i32x4.replace_lane(y, 2, power(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)))
    return i32x4.replace_lane(y, 3, power(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)))
  }
}
