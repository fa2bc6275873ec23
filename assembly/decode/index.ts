/**
 * Decoding of storage types: `decode_<type>(source, count, target)` reads `count` elements (whole blocks, for the block types) at `source` (any
 * alignment) and writes them at `target` as f32, c128 as f64. Formats: ggml's ggml-common.h and ggml-quants.c, the OCP 8-bit and MX specifications.
 */
export { decode_c128, decode_c64, decode_c64_f64 } from './complex'
export { decode_f8_e4m3fn, decode_f8_e4m3fnuz, decode_f8_e5m2, decode_f8_e5m2fnuz, decode_f8_e8m0 } from './float8'
export {
  decode_iq1_m,
  decode_iq1_s,
  decode_iq2_s,
  decode_iq2_xs,
  decode_iq2_xxs,
  decode_iq3_s,
  decode_iq3_xxs,
} from './iquants'
export { decode_q2_k, decode_q3_k, decode_q4_k, decode_q5_k, decode_q6_k, decode_q8_k } from './kquants'
export { decode_iq4_nl, decode_iq4_xs, decode_mxfp4, decode_tq1_0, decode_tq2_0 } from './nonlinear'
export { decode_f4_e2m1, decode_f6_e2m3, decode_f6_e3m2, decode_i4, decode_u4 } from './packed'
export { decode_q4_0, decode_q4_1, decode_q5_0, decode_q5_1, decode_q8_0, decode_q8_1 } from './simple'
