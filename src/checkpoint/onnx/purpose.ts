/** What a tensor is for: follows its value through the graph to the operator that uses it. */
import type { Kind } from '../types.js'
import type { RawNode } from './raw.js'
import { passes, type Role, roles } from './roles.js'
import { functionKey, type Scope, type Scopes } from './scopes.js'

export interface Purpose {
  readonly kind: Kind | null
  readonly outAxis: number | null
  readonly groups: number | null
  readonly gates: readonly string[] | null
}

export const noPurpose: Purpose = { kind: null, outAxis: null, groups: null, gates: null }
const mostSteps = 64

/** The gates of PyTorch's layers, which exporters slice and reorder on the way to the ONNX operator. */
const torchGates: Readonly<Record<string, readonly string[]>> = {
  LSTM: ['i', 'f', 'g', 'o'],
  GRU: ['r', 'z', 'n'],
  RNN: ['h'],
}

/** A value on its way: `axes[k]` is the tensor's own axis that the value's axis k came from (-1: a new one), null once that is lost. */
interface Step {
  readonly scope: Scope
  readonly name: string
  readonly axes: readonly number[] | null
  readonly inPieces: boolean
}

export function findPurpose(scope: Scope, name: string, shape: readonly number[], scopes: Scopes): Purpose {
  const steps: Step[] = [{ scope, name, axes: shape.map((_, axis) => axis), inPieces: false }]
  const seen = new Set<unknown>()
  let weak: Purpose | null = null
  for (let index = 0; index < steps.length && index < mostSteps; index++) {
    const step = steps[index]!
    for (const { node, input, scope: where } of step.scope.uses.get(step.name) ?? []) {
      const found = roles[node.opType]?.[input]
      if (found && isKnownDomain(node)) return applied(found, node, input, step, shape)
      weak ??= elementwise(node, shape)
      if (seen.has(node)) continue
      seen.add(node)
      const called = scopes.functions.get(functionKey(node.domain, node.opType))
      if (called) {
        const formal = called.graph.inputs[input]
        if (formal !== undefined) steps.push({ ...step, scope: called, name: formal })
      } else if (passes[node.opType] && (input === 0 || node.opType === 'Concat')) {
        for (const output of node.outputs) {
          if (output !== '') steps.push({ ...passed(step, node), scope: where.owner(output), name: output })
        }
      }
    }
  }
  return weak ?? noPurpose
}

function isKnownDomain(node: RawNode): boolean {
  return node.domain === '' || node.domain === 'ai.onnx' || node.domain === 'com.microsoft'
}

/** A vector that is added is a bias, one that multiplies is a scale; neither is said by an operator of its own. */
function elementwise(node: RawNode, shape: readonly number[]): Purpose | null {
  const isVector = shape.filter((size) => size !== 1).length === 1
  if (!isVector || node.domain !== '') return null
  if (node.opType === 'Add' || node.opType === 'Sub') return { ...noPurpose, kind: 'bias' }
  if (node.opType === 'Mul') return { ...noPurpose, kind: 'norm' }
  return null
}

function applied(found: Role, node: RawNode, input: number, step: Step, shape: readonly number[]): Purpose {
  const { kind, gates } = found
  // A one-dimensional operand of a product is a vector, not a matrix of weights.
  if (kind === 'linear' && shape.length < 2) return noPurpose
  if (kind === 'embedding' && shape.length !== 2) return noPurpose
  const rank = step.axes?.length ?? 0
  let axis = found.outAxis
  if (node.opType === 'Gemm' && input < 2 && integer(node, input === 0 ? 'transA' : 'transB') === 1)
    axis = input === 0 ? 1 : 0
  if (axis !== null && axis < 0) axis += rank
  let outAxis: number | null = axis === null ? null : (step.axes?.[axis] ?? null)
  if (outAxis === null && kind === 'recurrent' && axis !== null && shape.length === 2) outAxis = 0
  if (outAxis !== null && outAxis < 0) outAxis = null
  const isConv = kind === 'conv' || kind === 'convTranspose'
  return {
    kind,
    outAxis,
    groups: isConv ? (integer(node, 'group') ?? 1) : null,
    gates: gates && outAxis !== null ? (step.inPieces && torchGates[node.opType]) || gates : null,
  }
}

function passed(step: Step, node: RawNode): { axes: readonly number[] | null; inPieces: boolean } {
  const { axes, inPieces } = step
  switch (passes[node.opType]) {
    case 'transpose':
      return { axes: axes && transposed(axes, integers(node, 'perm')), inPieces }
    case 'unsqueeze': {
      const added = integers(node, 'axes')
      return { axes: axes && added?.length === 1 && added[0] === 0 ? [-1, ...axes] : null, inPieces }
    }
    case 'reshape':
      return { axes: null, inPieces }
    case 'pieces':
      return { axes, inPieces: true }
    default:
      return { axes, inPieces }
  }
}

function transposed(axes: readonly number[], perm: readonly number[] | null): readonly number[] | null {
  if (!perm) return axes.toReversed()
  const moved = perm.map((from) => axes[from])
  return moved.length === axes.length && !moved.includes(undefined) ? (moved as number[]) : null
}

function integer(node: RawNode, name: string): number | null {
  const value = node.attributes.find((attribute) => attribute.name === name)?.i
  return value === null || value === undefined ? null : Number(value)
}

function integers(node: RawNode, name: string): readonly number[] | null {
  const found = node.attributes.find((attribute) => attribute.name === name)
  return found ? found.firstInts.map(Number) : null
}
