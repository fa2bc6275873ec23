/**
 * What each tensor is for, which axis its outputs lie on, and how many gates a recurrent weight stacks. What a graph says (ONNX) comes first,
 * then names, then what the shapes of neighbours prove, and last the shape alone.
 */
import type { Kind, TensorEntry } from '../checkpoint/index.js'
import { storageInfo } from '../core/index.js'
import { type NameRule, nameRules, ruleName } from './kindRules.js'

export { slicesOf, type TensorSlice } from './slices.js'

export interface InferredKind {
  kind: Kind
  outAxis: number | null
  gates: number | null
}

type Entries = ReadonlyMap<string, TensorEntry>

/**
 * Infers kind, output axis and gate count of one tensor.
 *
 * @param all every tensor of the checkpoint by name; neighbours (the bias beside a weight) decide what a name leaves open
 */
export function inferKind(entry: TensorEntry, all: Entries): InferredKind {
  const { shape } = entry
  if (entry.kind !== null) {
    const gates = entry.kind === 'recurrent' ? (entry.gates?.length ?? gateCount(entry, all, entry.outAxis)) : null
    return { kind: entry.kind, outAxis: entry.outAxis, gates }
  }
  if (entry.group === 'optimizer') return plain('state')
  const name = ruleName(entry.name)
  const rule = nameRules.find(({ pattern, ranks }) => (!ranks || ranks.includes(shape.length)) && pattern.test(name))
  const { numberClass } = storageInfo(entry.data.type)
  if (numberClass === 'bool') return plain('constant')
  // Integers are indices and tables, unless they have the name and the axes of a (quantized) weight.
  if ((numberClass === 'int' || numberClass === 'uint') && (shape.length < 2 || !rule)) {
    return plain(rule?.kind === 'state' || rule?.kind === 'bias' ? rule.kind : 'constant')
  }
  if (!rule) return withoutName(entry, all)
  if (rule.kind === 'norm' && entry.count === 1 && shape.length === 0) return plain('scalar')
  const outAxis = entry.outAxis ?? provenAxis(entry, name, rule, all) ?? axisOf(rule, shape.length)
  const kind = isTransposed(entry, rule, all) ? 'convTranspose' : rule.kind
  return {
    kind,
    outAxis: kind === 'convTranspose' && rule.kind === 'conv' ? 1 : outAxis,
    gates: kind === 'recurrent' ? gateCount(entry, all, outAxis) : null,
  }
}

const plain = (kind: Kind): InferredKind => ({ kind, outAxis: null, gates: null })

function axisOf({ outAxis }: NameRule, rank: number): number | null {
  if (outAxis === undefined) return null
  if (outAxis === 'last') return rank - 1
  return outAxis === 'beforeLast' ? rank - 2 : outAxis
}

/** A name that says nothing: scalars are scalars, and a bias beside a matrix still shows its outputs. */
function withoutName(entry: TensorEntry, all: Entries): InferredKind {
  if (entry.count === 1) return plain('scalar')
  const length = biasLength(entry, all)
  const axis = entry.shape.length === 2 && length !== null ? onlyAxisOf(entry.shape, length) : null
  return axis === null ? plain('unknown') : { kind: 'linear', outAxis: axis, gates: null }
}

/** The output axis where neighbours prove it against the rule's default; null leaves the default. */
function provenAxis(entry: TensorEntry, name: string, rule: NameRule, all: Entries): number | null {
  const { shape } = entry
  if (rule.kind === 'embedding' || rule.kind === 'recurrent') return null
  if (shape.length === 3 && rule.kind === 'linear') return expertAxis(entry, all)
  if (shape.length !== 2) return null
  const gpt2 = gpt2Axis(entry, name, all)
  if (gpt2 !== null) return gpt2
  const length = biasLength(entry, all)
  return length === null ? null : onlyAxisOf(shape, length)
}

/**
 * GPT-2's Conv1D stores [in, out] under names that other models use for [out, in]: only the shape of the fused projection, [d, 3d] against
 * [3d, d], tells them apart, and it speaks for its whole block.
 */
function gpt2Axis(entry: TensorEntry, name: string, all: Entries): number | null {
  const block = /^(.*\bh\.\d+\.)(attn|mlp|crossattention)\.(c_attn|c_proj|c_fc|q_attn)\.weight$/.exec(name)
  if (!block || name.length !== entry.name.length) return null
  const prefix = entry.name.slice(0, block[1]!.length)
  const fused = all.get(`${prefix}attn.c_attn.weight`)?.shape
  if (fused?.length === 2) {
    if (fused[1] === 3 * fused[0]!) return 1
    if (fused[0] === 3 * fused[1]!) return 0
  }
  return null
}

/** Stacked experts as [experts, in, out] or [experts, out, in]: two matrices in a row only fit one way. */
function expertAxis(entry: TensorEntry, all: Entries): number | null {
  const stem = /^(.*experts\.)(gate_up_proj|down_proj)$/.exec(entry.name)?.[1]
  if (stem === undefined) return null
  const first = all.get(`${stem}gate_up_proj`)?.shape
  const second = all.get(`${stem}down_proj`)?.shape
  if (first?.length !== 3 || second?.length !== 3) return null
  const rowsOut = first[1] === 2 * second[2]! && first[2] === second[1]
  const columnsOut = first[2] === 2 * second[1]! && first[1] === second[2]
  return rowsOut === columnsOut ? null : rowsOut ? 1 : 2
}

/** A kernel whose bias does not fit its first axis, but does fit its second, is [in, out / groups, ...]. */
function isTransposed(entry: TensorEntry, rule: NameRule, all: Entries): boolean {
  const { shape } = entry
  if (rule.kind !== 'conv' || rule.outAxis !== 0 || shape.length < 3) return false
  const length = biasLength(entry, all)
  return length !== null && length !== shape[0] && shape[1]! > 0 && length % shape[1]! === 0
}

/** What the bias beside a weight is called, by the end of the weight's own name. */
const biasNames: readonly (readonly [RegExp, string])[] = [
  [/in_proj_weight$/, 'in_proj_bias'],
  [/(weight|weight_v|weight_orig|kernel)(:0)?$/, 'bias$2'],
  [/(^|[._/])w(\d*)$/, '$1b$2'],
  [/(^|[._/])W(\d*)$/, '$1b$2'],
]

/** The length of the bias vector beside a weight. */
function biasLength(entry: TensorEntry, all: Entries): number | null {
  for (const [pattern, replacement] of biasNames) {
    if (!pattern.test(entry.name)) continue
    const bias = all.get(entry.name.replace(pattern, replacement))
    return bias?.shape.length === 1 ? bias.shape[0]! : null
  }
  return null
}

function onlyAxisOf(shape: readonly number[], length: number): number | null {
  const first = shape.indexOf(length)
  return first >= 0 && shape.lastIndexOf(length) === first ? first : null
}

/** 4 for an LSTM, 3 for a GRU, 1 for a plain RNN, from the hidden size that the recurrent weight of the same layer shows. */
function gateCount(entry: TensorEntry, all: Entries, outAxis: number | null): number | null {
  if (outAxis === null) return null
  const rows = entry.shape[outAxis]!
  const hidden = hiddenSize(entry, all, outAxis)
  const gates = hidden === null ? null : rows / hidden
  if (gates === 1 || gates === 3 || gates === 4) return gates
  const said = /(lstm)|(gru)|(simple_?rnn)/i.exec(entry.name)
  return said ? (said[1] ? 4 : said[2] ? 3 : 1) : null
}

function hiddenSize(entry: TensorEntry, all: Entries, outAxis: number): number | null {
  const inAxis = outAxis === 0 ? 1 : 0
  // With a projection (proj_size) the recurrent input is narrower than the hidden state, which weight_hr then shows.
  const projection = all.get(entry.name.replace(/weight_(ih|hh)/, 'weight_hr'))
  if (projection && projection !== entry) return projection.shape[1] ?? null
  if (/weight_hr/.test(entry.name)) return null
  const recurrent = all.get(
    entry.name.replace('weight_ih', 'weight_hh').replace(/(recurrent_)?kernel/, 'recurrent_kernel'),
  )
  return recurrent?.shape[inAxis] ?? null
}
