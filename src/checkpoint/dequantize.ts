/** Gives quantized weights their values back, for the layouts that `quantizedLayout` calls certain. Pure functions on arrays. */
import { UsageError } from '../core/index.js'

export interface GptqArrays {
  /** [in / 8, out]: eight 4-bit codes of consecutive inputs in each integer, the first in the lowest bits. */
  readonly qweight: Int32Array
  /** [groups, out / 8]: the zero points, packed along the outputs, each less one. */
  readonly qzeros: Int32Array
  /** [groups, out] */
  readonly scales: Float32Array
  /** [in]: the group of each input. */
  readonly gIdx: Int32Array
  readonly inputs: number
  readonly outputs: number
}

/**
 * GPTQ with 4 bits (AutoGPTQ's first format, which stores zero points less one): `w[i, o] = (code[i, o] - zero[g, o] - 1) * scale[g, o]` with
 * `g = gIdx[i]`.
 *
 * @returns the weight as [in, out], row-major
 * @throws UsageError when an array has another length than `inputs` and `outputs` ask for, or `gIdx` names a group without scales
 */
export function dequantizeGptq({ qweight, qzeros, scales, gIdx, inputs, outputs }: GptqArrays): Float32Array {
  const groups = outputs === 0 ? 0 : scales.length / outputs
  const fits =
    qweight.length * 8 === inputs * outputs &&
    inputs % 8 === 0 &&
    outputs % 8 === 0 &&
    Number.isInteger(groups) &&
    qzeros.length === groups * (outputs / 8) &&
    gIdx.length === inputs
  if (!fits) {
    throw new UsageError(
      `dequantizeGptq: the arrays do not fit [in, out] = [${inputs}, ${outputs}]: qweight has ${qweight.length} integers, qzeros ${qzeros.length}, scales ${scales.length}, gIdx ${gIdx.length}.`,
    )
  }
  const weight = new Float32Array(inputs * outputs)
  for (let input = 0; input < inputs; input++) {
    const group = gIdx[input]!
    if (group < 0 || group >= groups) {
      throw new UsageError(`dequantizeGptq: gIdx[${input}] is ${group}, but there are ${groups} groups.`)
    }
    const codes = (input >> 3) * outputs
    const shift = 4 * (input & 7)
    for (let output = 0; output < outputs; output++) {
      const code = (qweight[codes + output]! >>> shift) & 15
      const zero = (qzeros[group * (outputs / 8) + (output >> 3)]! >>> (4 * (output & 7))) & 15
      weight[input * outputs + output] = (code - zero - 1) * scales[group * outputs + output]!
    }
  }
  return weight
}

/**
 * FP8 (E4M3, finite) with one scale for each `block` x `block` tile, the last of each row and column cut: `w[i, j] = code[i, j] * scale[i / block, j / block]`.
 * A scale for the whole tensor or for each row is the same with tiles of that size, see `tile`.
 *
 * @param codes [rows, columns], one byte each
 * @param scales row-major, [ceil(rows / tile[0]), ceil(columns / tile[1])]
 * @throws UsageError when lengths do not fit
 */
export function dequantizeFp8Blocks(
  codes: Uint8Array,
  scales: Float32Array,
  rows: number,
  columns: number,
  tile: readonly [number, number] = [128, 128],
): Float32Array {
  const across = Math.ceil(columns / tile[1])
  if (codes.length !== rows * columns || scales.length !== Math.ceil(rows / tile[0]) * across) {
    throw new UsageError(
      `dequantizeFp8Blocks: ${codes.length} codes and ${scales.length} scales do not fit [${rows}, ${columns}] in tiles of ${tile.join(' x ')}.`,
    )
  }
  const weight = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const scaleRow = Math.floor(row / tile[0]) * across
    for (let column = 0; column < columns; column++) {
      const at = row * columns + column
      weight[at] = e4m3[codes[at]!]! * scales[scaleRow + Math.floor(column / tile[1])]!
    }
  }
  return weight
}

/** The 256 values of E4M3 (finite): bias 7, no infinities, NaN only at 0x7f and 0xff. */
const e4m3 = Float32Array.from({ length: 256 }, (_, code) => {
  const sign = code & 0x80 ? -1 : 1
  const exponent = (code >> 3) & 15
  const mantissa = code & 7
  if (exponent === 15 && mantissa === 7) return Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10))
})
