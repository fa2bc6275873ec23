/** What a linear layer does beside its products. */

// @ts-ignore: decorator
@inline
function addRows<T>(y: usize, rows: i32, columns: i32, bias: usize): void {
  const size = <usize>sizeof<T>()
  const lanes = 16 / <i32>sizeof<T>()
  for (let i = 0; i < rows; i++) {
    let j = 0
    for (; j + lanes <= columns; j += lanes) {
      const at = y + <usize>j * size
      v128.store(at, v128.add<T>(v128.load(at), v128.load(bias + <usize>j * size)))
    }
    for (; j < columns; j++) {
      const at = y + <usize>j * size
      store<T>(at, <T>(load<T>(at) + load<T>(bias + <usize>j * size)))
    }
    y += <usize>columns * size
  }
}

export function addRows_f32(y: usize, rows: i32, columns: i32, bias: usize): void {
  addRows<f32>(y, rows, columns, bias)
}

export function addRows_f64(y: usize, rows: i32, columns: i32, bias: usize): void {
  addRows<f64>(y, rows, columns, bias)
}
