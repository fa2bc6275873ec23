/** Gives quantized weights their values back, for the layouts that `quantizedLayout` calls certain. Pure functions on arrays. */
import { FormatError, UsageError } from '../core/index.js'

export interface GptqArrays {
  /** [in / 8, out]: eight 4-bit codes of consecutive inputs in each integer, the first in the lowest bits. */
  readonly qweight: Int32Array
  /** [groups, out / 8]: the zero points, packed along the outputs. */
  readonly qzeros: Int32Array
  /** [groups, out] */
  readonly scales: Float32Array
  /** [in]: the group of each input. */
  readonly gIdx: Int32Array
  readonly inputs: number
  readonly outputs: number
  /** What is added to a stored zero point: 1 in GPTQ's first form, 0 in `gptq_v2`. */
  readonly zeroStep: 0 | 1
}

/**
 * GPTQ with 4 bits: `w[i, o] = (code[i, o] - (zero[g, o] + zeroStep)) * scale[g, o]` with `g = gIdx[i]`.
 *
 * @returns the weight as [in, out], row-major
 * @throws UsageError when an array has another length than `inputs` and `outputs` ask for; FormatError when `gIdx` names a group without scales
 */
export function dequantizeGptq({ qweight, qzeros, scales, gIdx, inputs, outputs, zeroStep }: GptqArrays): Float32Array {
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
  gptqRun(
    { codes: qweight, firstRow: 0, zeros: unpackZeros(qzeros, outputs, zeroStep), scales, gIdx, outputs },
    0,
    weight,
  )
  return weight
}

export interface GptqRun {
  /** Whole packed rows, from the one that holds input `firstRow * 8`. */
  readonly codes: Int32Array
  readonly firstRow: number
  /** [groups, outputs], with the step already added. */
  readonly zeros: Uint8Array
  readonly scales: Float32Array
  readonly gIdx: Int32Array
  readonly outputs: number
}

/** Zero points, one to a byte, as they are taken off. */
export function unpackZeros(qzeros: Int32Array, outputs: number, zeroStep: 0 | 1): Uint8Array {
  const groups = outputs === 0 ? 0 : (qzeros.length * 8) / outputs
  return Uint8Array.from({ length: groups * outputs }, (_, at) => {
    const word = qzeros[at >> 3]!
    return ((word >>> (4 * (at & 7))) & 15) + zeroStep
  })
}

/** Elements [first, first + out.length) of the weight as [in, out]. */
export function gptqRun(run: GptqRun, first: number, out: Float32Array): void {
  const { codes, firstRow, zeros, scales, gIdx, outputs } = run
  for (let done = 0; done < out.length; ) {
    const input = Math.floor((first + done) / outputs)
    const from = (first + done) % outputs
    const to = Math.min(outputs, from + out.length - done)
    const group = gIdx[input]!
    if (group < 0 || (group + 1) * outputs > scales.length) {
      throw new FormatError(
        'bad-group',
        `g_idx of a GPTQ weight puts input ${input} into group ${group}, but there are ${scales.length / outputs} groups.`,
      )
    }
    const packed = ((input >> 3) - firstRow) * outputs
    const shift = 4 * (input & 7)
    for (let output = from; output < to; output++) {
      const at = group * outputs + output
      out[done++] = (((codes[packed + output]! >>> shift) & 15) - zeros[at]!) * scales[at]!
    }
  }
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
  fp8Run({ values: fp8Values('f8_e4m3fn'), scales, columns, tile }, codes, 0, weight)
  return weight
}

export interface Fp8Run {
  /** What each code stands for. */
  readonly values: Float32Array
  readonly scales: Float32Array
  readonly columns: number
  readonly tile: readonly [number, number]
}

/** Elements [first, first + out.length) of the weight, whose codes are `codes`. */
export function fp8Run(
  { values, scales, columns, tile }: Fp8Run,
  codes: Uint8Array,
  first: number,
  out: Float32Array,
): void {
  const across = Math.ceil(columns / tile[1])
  for (let done = 0; done < out.length; ) {
    const row = Math.floor((first + done) / columns)
    let column = (first + done) % columns
    const scaleRow = Math.floor(row / tile[0]) * across
    // Runs of one tile, so that the inner loop divides nothing.
    while (column < columns && done < out.length) {
      const tileIndex = Math.floor(column / tile[1])
      const scale = scales[scaleRow + tileIndex]!
      const end = Math.min(done + Math.min(columns, (tileIndex + 1) * tile[1]) - column, out.length)
      column += end - done
      for (; done < end; done++) out[done] = values[codes[done]!]! * scale
    }
  }
}

/** The 256 values of an 8-bit float: E4M3 without infinities (NaN at 0x7f and 0xff), or E5M2 as IEEE 754 would have it. */
export function fp8Values(type: 'f8_e4m3fn' | 'f8_e5m2'): Float32Array {
  const bits = type === 'f8_e4m3fn' ? 3 : 2
  const bias = type === 'f8_e4m3fn' ? 7 : 15
  const top = type === 'f8_e4m3fn' ? 15 : 31
  return Float32Array.from({ length: 256 }, (_, code) => {
    const sign = code & 0x80 ? -1 : 1
    const exponent = (code & 0x7f) >> bits
    const mantissa = code & ((1 << bits) - 1)
    if (exponent === top && type === 'f8_e5m2') return mantissa === 0 ? sign * Infinity : Number.NaN
    if (exponent === top && mantissa === 7) return Number.NaN
    const hidden = exponent === 0 ? 0 : 1 << bits
    return sign * (hidden + mantissa) * 2 ** (Math.max(1, exponent) - bias - bits)
  })
}
