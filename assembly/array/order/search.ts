/** Places in sorted rows by halving, without branches on what is found; NaN is above all numbers. */

/** Whether `a` comes before `b`. */
// @ts-ignore: decorator
@inline
function before<T>(a: T, b: T): bool {
  if (!isFloat<T>()) return a < b
  return a < b || (b != b && a == a)
}

/** First places where values could be put into ascending `sorted`, after equal ones with `right`. */
export function search<T>(length: i32, sorted: usize, n: i32, values: usize, right: bool, places: usize): void {
  for (; n > 0; n--) {
    const value = load<T>(values)
    let at = sorted
    let rest = length
    while (rest > 0) {
      const half = rest >>> 1
      const middle = at + <usize>half * sizeof<T>()
      const other = load<T>(middle)
      const after = right ? !before<T>(value, other) : before<T>(other, value)
      at = after ? middle + sizeof<T>() : at
      rest = after ? rest - half - 1 : half
    }
    store<i32>(places, <i32>((at - sorted) / sizeof<T>()))
    values += sizeof<T>()
    places += 4
  }
}
