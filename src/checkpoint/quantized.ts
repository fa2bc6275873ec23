/**
 * Quantized weights that tools pack into ordinary tensors of safetensors and PyTorch files. Recognized by the names and shapes of tensors that
 * belong together. `settle.ts` puts weights in their place, and the arithmetic that gives them back is in `dequantize.ts`.
 */
import type { TensorEntry } from './types.js'

export interface QuantizedLayout {
  /** `gptq-4bit`, `awq`, `bitsandbytes-nf4`, `fp8-blocks` ... */
  readonly layout: string
  /** Whether names and shapes leave no doubt about the values; of GPTQ, all but the form of its zero points, which `gptqZeros.ts` tells. */
  readonly certain: boolean
  /** A sentence for the report: how the values come about, or why they cannot be told and what to do. */
  readonly why: string
  /** Every tensor that belongs to the weight, the packed one first. */
  readonly parts: readonly string[]
}

type Entries = ReadonlyMap<string, TensorEntry>
type Recognizer = (entry: TensorEntry, all: Entries) => QuantizedLayout | null

/** Side of the square blocks that share a scale in DeepSeek's FP8 checkpoints and those made like them. */
export const fp8Block = 128

/** Layouts found among `entries`, by the name of the packed tensor. */
export function quantizedLayout(entries: readonly TensorEntry[]): Map<string, QuantizedLayout> {
  const all = new Map(entries.map((entry) => [entry.name, entry]))
  const found = new Map<string, QuantizedLayout>()
  for (const entry of entries) {
    for (const recognize of recognizers) {
      const layout = recognize(entry, all)
      if (layout) {
        found.set(entry.name, layout)
        break
      }
    }
  }
  return found
}

/** GPTQ packs rows, [in * bits / 32, out]; AWQ packs columns, [in, out * bits / 32]; both say `qweight`, `qzeros`, `scales`. */
const packedIntegers: Recognizer = (entry, all) => {
  const stem = stemOf(entry, '.qweight')
  if (stem === null) return null
  const [zeros, scales, order] = ['.qzeros', '.scales', '.g_idx'].map((end) => all.get(stem + end))
  const [rows, columns] = matrixOf(entry)
  const parts = namesOf(entry, zeros, scales, order)
  const out = scales?.shape[1]
  if (entry.data.type !== 'i32' || !zeros || !scales || out === undefined || rows === 0) {
    return {
      layout: 'packed-integers',
      certain: false,
      why: `'qweight' holds packed integers, but its zeros and scales are missing or not of the usual shapes; ${convertFirst}.`,
      parts,
    }
  }
  if (out === columns) {
    const bits = (32 * (zeros.shape[1] ?? 0)) / out
    const inputs = (rows * 32) / bits
    const certain =
      bits === 4 &&
      isScale(scales) &&
      zeros.data.type === 'i32' &&
      order?.data.type === 'i32' &&
      order.shape[0] === inputs &&
      zeros.shape[0] === scales.shape[0]
    return certain
      ? { layout: 'gptq-4bit', certain, why: 'GPTQ with 4 bits: (code - zero point) * scale of its group.', parts }
      : {
          layout: Number.isInteger(bits) && bits > 0 ? `gptq-${bits}bit` : 'gptq',
          certain,
          why: `GPTQ of a kind that is not read here (4 bits with g_idx is); ${convertFirst}.`,
          parts,
        }
  }
  return {
    layout: 'awq',
    certain: false,
    why: `AWQ packs its columns in an order that depends on the kernel it was made for; ${convertFirst}.`,
    parts,
  }
}

const bitsandbytes: Recognizer = (entry, all) => {
  if (stemOf(entry, '.weight') === null) return null
  const { name } = entry
  if (entry.data.type === 'i8') {
    const scale = all.get(`${name.slice(0, -'.weight'.length)}.SCB`)
    if (!scale) return null
    return {
      layout: 'bitsandbytes-int8',
      certain: false,
      why: `bitsandbytes LLM.int8: codes with one scale a row (SCB), in a tiling that the file may not name; ${convertFirst}.`,
      parts: namesOf(entry, scale, all.get(`${name.slice(0, -'.weight'.length)}.weight_format`)),
    }
  }
  const absmax = all.get(`${name}.absmax`)
  if (entry.data.type !== 'u8' || !absmax) return null
  const state = ['nf4', 'fp4'].find((kind) => all.has(`${name}.quant_state.bitsandbytes__${kind}`))
  const companions = ['.quant_map', '.nested_absmax', '.nested_quant_map'].map((end) => all.get(name + end))
  return {
    layout: `bitsandbytes-${state ?? '4bit'}`,
    certain: false,
    why: `bitsandbytes packs two 4-bit codes in a byte and keeps the true shape in a text beside them; ${convertFirst}.`,
    parts: namesOf(
      entry,
      absmax,
      ...companions,
      state ? all.get(`${name}.quant_state.bitsandbytes__${state}`) : undefined,
    ),
  }
}

/** FP8 weights with scales: without them the numbers are right only up to a factor. */
const fp8: Recognizer = (entry, all) => {
  const isFp8 = entry.data.type === 'f8_e4m3fn' || entry.data.type === 'f8_e5m2'
  if (!isFp8 || stemOf(entry, '.weight') === null || entry.shape.length !== 2) return null
  const [m, n] = matrixOf(entry)
  const blocks = all.get(`${entry.name}_scale_inv`)
  if (blocks) {
    const [down, across] = [Math.ceil(m / fp8Block), Math.ceil(n / fp8Block)]
    const certain = blocks.data.type === 'f32' && blocks.shape[0] === down && blocks.shape[1] === across
    const why = certain
      ? `FP8 codes times one scale for each ${fp8Block}x${fp8Block} block (weight_scale_inv).`
      : `The scales beside these FP8 codes are ${blocks.dtype}[${blocks.shape.join(', ')}]; expected f32 [${down}, ${across}] for blocks of ${fp8Block}. ${convertFirst}.`
    return { layout: 'fp8-blocks', certain, why, parts: namesOf(entry, blocks) }
  }
  const scale = all.get(`${entry.name}_scale`)
  if (!scale) return null
  const certain = isScale(scale) && (scale.count === 1 || scale.count === m)
  const layout = scale.count === 1 ? 'fp8-tensor' : 'fp8-rows'
  const why = certain
    ? `FP8 codes times ${scale.count === 1 ? 'one scale' : 'one scale a row'} (weight_scale).`
    : `The scales beside these FP8 codes are ${scale.dtype}[${scale.shape.join(', ')}], neither one nor one a row; ${convertFirst}.`
  return { layout, certain, why, parts: namesOf(entry, scale, all.get(`${stemOf(entry, '.weight')}.input_scale`)) }
}

const compressedTensors: Recognizer = (entry, all) => {
  const stem = stemOf(entry, '.weight_packed')
  if (stem === null) return null
  const companions = ['scale', 'shape', 'zero_point', 'g_idx', 'global_scale'].map((end) =>
    all.get(`${stem}.weight_${end}`),
  )
  if (!companions[0]) return null
  return {
    layout: 'compressed-tensors',
    certain: false,
    why: `compressed-tensors packs integers of a width that only config.json tells; ${convertFirst}.`,
    parts: namesOf(entry, ...companions),
  }
}

/** gpt-oss: `*_blocks` of 16 bytes, each with a power of two in `*_scales`. */
const mxfp4: Recognizer = (entry, all) => {
  const stem = stemOf(entry, '_blocks')
  const scales = stem === null ? undefined : all.get(`${stem}_scales`)
  if (entry.data.type !== 'u8' || !scales || entry.shape.at(-1) !== 16) return null
  return {
    layout: 'mxfp4',
    certain: false,
    why: `MXFP4 blocks whose scales lie in another tensor; they are not decoded here, ${convertFirst}.`,
    parts: namesOf(entry, scales),
  }
}

const recognizers: readonly Recognizer[] = [packedIntegers, bitsandbytes, fp8, compressedTensors, mxfp4]

export const convertFirst = 'to have it measured, load the model with the library that made it and save it dequantized'

function stemOf(entry: TensorEntry, ending: string): string | null {
  return entry.name.endsWith(ending) ? entry.name.slice(0, -ending.length) : null
}

/** The types in which scales are stored by all who do. */
function isScale({ data }: TensorEntry): boolean {
  return data.type === 'f32' || data.type === 'f16' || data.type === 'bf16'
}

function matrixOf({ shape }: TensorEntry): [number, number] {
  return shape.length === 2 ? [shape[0]!, shape[1]!] : [0, 0]
}

function namesOf(...entries: (TensorEntry | undefined)[]): string[] {
  return entries.flatMap((entry) => (entry ? [entry.name] : []))
}
