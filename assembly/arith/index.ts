/** The arithmetic module: statistics, line norms, conversion and bytes. Pointers are byte offsets in the imported memory. */
export { byteSwap2, byteSwap4, byteSwap8, countBytes, crc32, sumWords } from './bytes'
export {
  bf16_f32,
  bool_f32,
  f16_f32,
  f32_f64,
  f64_f32,
  i16_f32,
  i32_f32,
  i32_f64,
  i64_f32,
  i64_f64,
  i8_f32,
  u16_f32,
  u32_f32,
  u32_f64,
  u64_f32,
  u64_f64,
  u8_f32,
} from './convert'
export { lines_f32, lines_f64 } from './lines'
export { matrix_bf16, matrix_f32 } from './matrix/index'
export * from './statistics/index'
