/** Puts quantized weights in the place of the tensors they are packed in, or among the skipped where their values are not certain. */
import { inert, plural } from '../core/index.js'
import { declaredZeroStep, ZeroPoints, type ZeroStep } from './gptqZeros.js'
import { convertFirst, fp8Block, type QuantizedLayout, quantizedLayout } from './quantized.js'
import type { ReaderResult, Skipped, TensorEntry } from './types.js'

type Settled = Pick<ReaderResult, 'tensors' | 'skipped' | 'warnings'>

/**
 * Weights of certain layout become f32 tensors that are computed while they are read, and a warning names the layout; the others are skipped, with
 * the reason. Scales and zero points are part of a weight and no tensors of their own. Reads nothing but (a bounded part of) zero points.
 */
export async function settleQuantized({
  tensors,
  skipped,
  warnings,
  sources,
  metadata,
}: ReaderResult): Promise<Settled> {
  const layouts = quantizedLayout(tensors)
  if (layouts.size === 0) return { tensors, skipped, warnings }
  const all = new Map(tensors.map((entry) => [entry.name, entry]))
  const partOf = new Map<string, string>()
  for (const [name, { parts }] of layouts) for (const part of parts) if (part !== name) partOf.set(part, name)
  const zeroPoints = new ZeroPoints(sources, declaredZeroStep(metadata))
  const kept: TensorEntry[] = []
  const left: Skipped[] = [...skipped]
  const notes = new Map<string, { count: number; first: string }>()
  const leave = ({ name, dtype, shape }: TensorEntry, why: string): void => {
    left.push({ name, dtype, shape, what: 'tensor', why })
  }
  for (const entry of tensors) {
    const layout = layouts.get(entry.name)
    const owner = partOf.get(entry.name)
    if (layout) {
      const weight = await weightOf(entry, layout, all, zeroPoints)
      if (typeof weight === 'string') leave(entry, weight)
      else {
        kept.push(weight.entry)
        const note = notes.get(weight.how)
        if (note) note.count++
        else notes.set(weight.how, { count: 1, first: entry.name })
      }
    } else if (owner !== undefined) leave(entry, `It is part of the quantized weight '${inert(owner)}'.`)
    else kept.push(entry)
  }
  return { tensors: kept, skipped: left, warnings: [...warnings, ...[...notes].map(noteOf)] }
}

function noteOf([how, { count, first }]: [string, { count: number; first: string }]): string {
  return `${plural(count, 'quantized weight')} (the first is '${inert(first)}') measured as the values they stand for. ${how}`
}

/** The weight and how its values come about, or why they are not certain. */
async function weightOf(
  entry: TensorEntry,
  layout: QuantizedLayout,
  all: ReadonlyMap<string, TensorEntry>,
  zeroPoints: ZeroPoints,
): Promise<{ entry: TensorEntry; how: string } | string> {
  if (!layout.certain) return layout.why
  const data = layout.parts.map((name) => all.get(name)!.data)
  if (data.some(({ strides, bigEndian }) => strides !== null || bigEndian)) {
    return `A part of this quantized weight is a view or in big-endian order, which is not read here; ${convertFirst}.`
  }
  if (layout.layout !== 'gptq-4bit') return { entry: dequantizedEntry(entry, layout, all, 0), how: layout.why }
  const step = await zeroPoints.step(data[1]!)
  if (step === null) return whichGptq
  const stored = step === 1 ? 'zero points stored less one' : 'zero points stored as they are (gptq_v2)'
  return { entry: dequantizedEntry(entry, layout, all, step), how: `${layout.why.slice(0, -1)}, ${stored}.` }
}

const whichGptq = `GPTQ files store their zero points either less one or as they are (gptq_v2). These zero points are not symmetric and the file's metadata does not settle it, so every value could be off by one step; ${convertFirst}.`

function dequantizedEntry(
  entry: TensorEntry,
  { layout, parts }: QuantizedLayout,
  all: ReadonlyMap<string, TensorEntry>,
  zeroStep: ZeroStep,
): TensorEntry {
  const data = parts.map((name) => all.get(name)!.data)
  const isGptq = layout === 'gptq-4bit'
  const [first, second] = [entry.shape[0]!, entry.shape[1]!]
  const [rows, columns] = isGptq ? [first * 8, second] : [first, second]
  const tile: readonly [number, number] =
    layout === 'fp8-tensor' ? [rows, columns] : layout === 'fp8-rows' ? [1, columns] : [fp8Block, fp8Block]
  const { storage } = data[0]!
  return {
    ...entry,
    shape: [rows, columns],
    count: rows * columns,
    // GPTQ's packed matrix is [in, out].
    kind: isGptq ? 'linear' : entry.kind,
    outAxis: isGptq ? 1 : entry.outAxis,
    data: {
      storage: {
        kind: 'dequantized',
        layout: isGptq ? 'gptq' : 'fp8',
        source: storage.kind === 'bytes' ? 0 : storage.source,
        rows,
        columns,
        tile,
        zeroStep,
        parts: data.slice(0, isGptq ? 4 : 2),
      },
      type: 'f32',
      shape: [rows, columns],
      offset: 0,
      strides: null,
      bigEndian: false,
    },
  }
}
