/**
 * Which weights can become two layers in sequence, what the two are called, and the line of PyTorch that builds them: `fc.weight` becomes
 * `fc.0.weight` and `fc.1.weight`, and the bias `fc.1.bias`, as an `nn.Sequential` in the place of `fc` has them.
 */
import type { TensorEntry } from '../../../checkpoint/index.js'
import { inert } from '../../../core/index.js'
import type { Chosen } from '../types.js'
import { type FormName, formOf } from './layout.js'

export interface Place {
  readonly form: FormName
  /** Names of the two weights, the one applied first in front. */
  readonly names: readonly [string, string]
  /** The bias's old and new name. */
  readonly bias: readonly [string, string] | null
  /** The module, `encoder.fc`; null where the name tells none. */
  readonly module: string | null
  /** What stands in for a figure that the file does not tell. */
  readonly assumed: string | null
}

/** Why a weight is left alone, as the end of a sentence. */
export interface Refusal {
  readonly reason: string
}

const weightLeaf = /^(weight|kernel|w\d*)(:0)?$/i

interface Named {
  /** With its separator at the end; empty for a name without one. */
  readonly prefix: string
  readonly leaf: string
  readonly separator: string
}

function partsOf(name: string): Named {
  const at = Math.max(name.lastIndexOf('.'), name.lastIndexOf('/'))
  return { prefix: name.slice(0, at + 1), leaf: name.slice(at + 1), separator: at < 0 ? '.' : name[at]! }
}

/** Where the factors of a weight go, or why there is no place for them. */
export function placeOf(one: Chosen, entries: ReadonlyMap<string, TensorEntry>, isAsked: boolean): Place | Refusal {
  const { entry, kind, outAxis } = one
  const form = formOf(kind, entry.shape, outAxis)
  const reason = whyNot(one, form, entries, isAsked)
  if (reason !== null) return { reason }
  const { prefix, leaf, separator } = partsOf(entry.name)
  const hasModule = weightLeaf.test(leaf) && (prefix !== '' || leaf.toLowerCase() === 'weight')
  const names: [string, string] = hasModule
    ? [`${prefix}0${separator}${leaf}`, `${prefix}1${separator}${leaf}`]
    : [`${entry.name}.0`, `${entry.name}.1`]
  const biasName = leaf
    .replace(/weight|kernel/i, 'bias')
    .replace(/^w(\d*)$/, 'b$1')
    .replace(/^W(\d*)$/, 'b$1')
  const hasBias = hasModule && form !== 'table' && entries.get(prefix + biasName)?.shape.length === 1
  const bias: Place['bias'] = hasBias ? [prefix + biasName, `${prefix}1${separator}${biasName}`] : null
  const taken = [...names, ...(bias === null ? [] : [bias[1]])].find((name) => entries.has(name))
  if (taken !== undefined) return { reason: `the name '${inert(taken)}' is taken` }
  const isTold = !kind.startsWith('conv') || one.groups !== null
  // A bias along the outputs is what tells a convolution from a transposed one.
  const sureOfAxis = hasBias || entry.outAxis !== null || kind === 'convTranspose'
  const assumed = isTold
    ? null
    : `assuming one group${sureOfAxis ? '' : ' and no transposition'}, which the file does not tell`
  return { form: form!, names, bias, module: hasModule ? prefix.slice(0, -1) : null, assumed }
}

function whyNot(
  { entry, kind, groups }: Chosen,
  form: FormName | null,
  entries: ReadonlyMap<string, TensorEntry>,
  isAsked: boolean,
): string | null {
  const { name, shape } = entry
  if (shape.length < 2) return 'it has fewer than two axes'
  if (entry.count === 0) return 'it is empty'
  if (kind === 'recurrent') return 'a recurrent layer reads it as one matrix (--dense keeps it one)'
  if (kind === 'embedding' && !isAsked)
    return 'it is a table of rows that are looked up (--tensors or --kinds chooses it)'
  if (/depthwise_kernel$/.test(name)) return 'it is depthwise'
  if (form === null) return `its layout [${shape.join(', ')}] is not that of one matrix between inputs and outputs`
  if (groups !== null && groups > 1) return `it is a convolution of ${groups} groups`
  if (groups === null && kind.startsWith('conv') && form !== 'outputsLast' && shape[1] === 1 && shape[0]! > 1)
    return 'it is depthwise, or has one channel: the file does not tell its groups (--groups does)'
  const shared = entry.sharesWith ?? sharerOf(name, entries)
  if (shared !== null) return `it is the same storage as '${inert(shared)}'`
  const { prefix, leaf } = partsOf(name)
  if (!weightLeaf.test(leaf))
    return prefix === '' || entry.kind !== null
      ? null
      : `'${inert(leaf)}' is a parameter inside a module and no layer of its own`
  const owner = /^(.*\.)?out_proj\.$/.exec(prefix)
  if (owner !== null && entries.has(`${owner[1] ?? ''}in_proj_weight`))
    return 'nn.MultiheadAttention reads its out_proj as one matrix (--dense keeps it one)'
  const sibling = siblingOf(prefix, leaf, entries)
  return sibling === null ? null : `its module also holds '${inert(sibling)}', so it is no plain layer`
}

function sharerOf(name: string, entries: ReadonlyMap<string, TensorEntry>): string | null {
  for (const other of entries.values()) if (other.sharesWith === name) return other.name
  return null
}

/** Another parameter of the same module; a weight and a bias are what a plain layer has. */
function siblingOf(prefix: string, leaf: string, entries: ReadonlyMap<string, TensorEntry>): string | null {
  for (const { name, group } of entries.values()) {
    if (group !== 'model' || !name.startsWith(prefix)) continue
    const rest = name.slice(prefix.length)
    if (rest === leaf || /^(bias|b\d*)(:0)?$/i.test(rest)) continue
    // Without a module around it, other names without a separator say nothing.
    if (prefix === '' && leaf.toLowerCase() !== 'weight') continue
    return name
  }
  return null
}

/** The line that puts the two layers into a PyTorch model; null where the names or the storage are not PyTorch's. */
export function pytorchLine(place: Place, shape: readonly number[], k: number): string | null {
  const { form, module } = place
  if (module === null || (!place.names[0].endsWith('.weight') && place.names[0] !== '0.weight')) return null
  const path = pathOf(module)
  if (path === null) return null
  const bias = place.bias === null ? ', bias=False' : ''
  const axes = shape.length - 2
  const size = axes === 1 ? String(shape[2]) : `(${shape.slice(2).join(', ')})`
  const [a, b] = [shape[0]!, shape[1]!]
  if (form === 'table') return `${path} = nn.Sequential(nn.Embedding(${a}, ${k}), nn.Linear(${k}, ${b}, bias=False))`
  if (axes === 0)
    return form === 'outputsFirst'
      ? `${path} = nn.Sequential(nn.Linear(${b}, ${k}, bias=False), nn.Linear(${k}, ${a}${bias}))`
      : null
  if (axes > 3) return null
  const same = 'stride=m.stride, padding=m.padding, dilation=m.dilation'
  if (form === 'outputsFirst')
    return `m = ${path}; ${path} = nn.Sequential(nn.Conv${axes}d(${b}, ${k}, ${size}, ${same}, padding_mode=m.padding_mode, bias=False), nn.Conv${axes}d(${k}, ${a}, 1${bias}))`
  if (form === 'transposed')
    return `m = ${path}; ${path} = nn.Sequential(nn.ConvTranspose${axes}d(${a}, ${k}, 1, bias=False), nn.ConvTranspose${axes}d(${k}, ${b}, ${size}, ${same}, output_padding=m.output_padding${bias}))`
  return null
}

/** `layers.0.fc` as Python reaches it; null for names that are no identifiers, which a file may hold. */
function pathOf(module: string): string | null {
  if (module === '') return 'model'
  const parts = module.split('.')
  if (!parts.every((part) => /^([A-Za-z_]\w*|\d+)$/.test(part))) return null
  return parts.reduce((path, part) => (/^\d/.test(part) ? `${path}[${part}]` : `${path}.${part}`), 'model')
}
