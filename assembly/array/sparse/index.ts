/** Products with sparse rows (CSR): exports of the array module (src/kernels/array.ts). */
import { product, transposedProduct } from './vector'
import { rowsProduct } from './matrix'

export function spmv(type: i32, rows: i32, indptr: usize, indices: usize, values: usize, alpha: f64, x: usize, beta: f64, y: usize): void {
  if (type == 0) product<f32>(rows, indptr, indices, values, alpha, x, beta, y)
  else product<f64>(rows, indptr, indices, values, alpha, x, beta, y)
}

export function spmvTransposed(type: i32, rows: i32, indptr: usize, indices: usize, values: usize, alpha: f64, x: usize, y: usize): void {
  if (type == 0) transposedProduct<f32>(rows, indptr, indices, values, alpha, x, y)
  else transposedProduct<f64>(rows, indptr, indices, values, alpha, x, y)
}

export function spmm(type: i32, rows: i32, k: i32, indptr: usize, indices: usize, values: usize, b: usize, ldb: i32, c: usize, ldc: i32): void {
  if (type == 0) rowsProduct<f32>(rows, k, indptr, indices, values, b, ldb, c, ldc)
  else rowsProduct<f64>(rows, k, indptr, indices, values, b, ldb, c, ldc)
}
