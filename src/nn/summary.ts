/** What a model is made of: layers with the shapes that pass through them, their parameters, and what they multiply. */
import { inert, showBytes, UsageError } from '../core/index.js'
import { type DType, noGrad, Tensor, zeros } from '../tensor/index.js'
import { checkShape, elementBytes, tidy } from '../tensor/internal.js'
import { Embedding } from './embedding.js'
import type { AnyModule, Module } from './module.js'
import { multiplyAddsOf } from './multiplyAdds.js'

export interface LayerSummary {
  /** Path in the model; '' is the model itself. */
  readonly name: string
  /** Its class. */
  readonly kind: string
  readonly depth: number
  /** Shapes of what it gives, of the last call; empty where its `forward` was not called. */
  readonly outputShapes: readonly (readonly number[])[]
  /** Elements of its own parameters, those of the layers below not counted; what is shared counts once, where it is first. */
  readonly parameters: number
  readonly trainable: number
  /** Multiplications with its own weights in all calls, each with its addition; null where no rule is known. */
  readonly multiplyAdds: number | null
}

export interface ModelSummary {
  readonly layers: readonly LayerSummary[]
  readonly parameters: number
  readonly trainable: number
  /** Bytes of parameters and buffers. */
  readonly bytes: number
  /** Of all layers whose rule is known. */
  readonly multiplyAdds: number
  /** As a table. */
  toString(): string
}

export interface SummaryOptions {
  /** Of inputs that are given as shapes; that of the parameters by default, i32 for an embedding. */
  dtype?: DType
}

/**
 * Runs a model once, in evaluation and off the tape, and tells its layers.
 *
 * `input`: a shape (with the batch axis: zeros of it pass through), a tensor, or a list of tensors, one for each argument of `forward`.
 * A module may have a method `multiplyAdds(inputs, output)` of its own. Throws what the model throws for that input.
 *
 * @example
 * console.log(String(summary(new Sequential(new Linear(784, 128), new ReLU(), new Linear(128, 10)), [1, 784])))
 */
export function summary(
  model: object,
  input: readonly number[] | Tensor | readonly Tensor[],
  options: SummaryOptions = {},
): ModelSummary {
  const root = model as Module<unknown[], unknown>
  const seen = new Map<AnyModule, { shapes: readonly (readonly number[])[]; multiplyAdds: number | null }>()
  const modes = [...root.modules()].map((module) => [module, module.training] as const)
  const handles = modes.map(([module]) =>
    (module as unknown as Module<unknown[], unknown>).registerForwardHook((_, inputs, output) => {
      const before = seen.get(module)?.multiplyAdds ?? 0
      const more = multiplyAddsOf(module, inputs, output)
      seen.set(module, { shapes: shapesOf(output), multiplyAdds: more === null ? null : before + more })
      return undefined
    }),
  )
  try {
    root.eval()
    tidy(() => noGrad(() => void root.forward(...inputsOf(root, input, options))))
  } finally {
    for (const handle of handles) handle.remove()
    for (const [module, training] of modes) module.training = training
  }
  const own = ownParameters(root)
  const layers = [...root.namedModules()]
    .filter(([name]) => owner(name) === name)
    .map(([name, module]): LayerSummary => {
      const found = seen.get(module)
      return {
        name,
        kind: module.constructor.name,
        depth: name === '' ? 0 : name.split('.').length,
        outputShapes: found?.shapes ?? [],
        ...(own.get(name) ?? { parameters: 0, trainable: 0 }),
        multiplyAdds: found === undefined ? 0 : found.multiplyAdds,
      }
    })
  const total = (of: (layer: LayerSummary) => number): number => layers.reduce((sum, layer) => sum + of(layer), 0)
  let bytes = 0
  for (const [, x] of [...root.namedParameters(), ...root.namedBuffers()]) bytes += x.size * elementBytes[x.dtype]
  const made = {
    layers,
    parameters: total((one) => one.parameters),
    trainable: total((one) => one.trainable),
    bytes,
    multiplyAdds: total((one) => one.multiplyAdds ?? 0),
  }
  return { ...made, toString: () => table(made) }
}

function inputsOf(
  root: Module<unknown[], unknown>,
  input: readonly number[] | Tensor | readonly Tensor[],
  options: SummaryOptions,
): Tensor[] {
  // biome-ignore format: one line
  if (input instanceof Tensor) return [input]
  if (!Array.isArray(input)) throw new UsageError(`summary: input is ${typeof input}; expected a shape or tensors.`)
  if (input.length > 0 && input[0] instanceof Tensor) return [...(input as readonly Tensor[])]
  const first: unknown = [...root.modules()].find((module) => [...module.namedChildren()].length === 0)
  const [parameter] = root.parameters()
  const dtype = options.dtype ?? (first instanceof Embedding ? 'i32' : (parameter?.dtype ?? 'f32'))
  return [zeros(checkShape('summary', input as readonly number[]), { dtype })]
}

/** Shapes of the tensors in a result. */
function shapesOf(output: unknown): readonly (readonly number[])[] {
  if (output instanceof Tensor) return [output.shape]
  return typeof output === 'object' && output !== null ? Object.values(output).flatMap(shapesOf) : []
}

/** The layer that a path counts for: what parametrizations hold belongs to the layer that they are of. */
const owner = (path: string): string => path.replace(/(^|\.)parametrizations(\..*)?$/, '')

function ownParameters(root: Module<unknown[], unknown>): Map<string, { parameters: number; trainable: number }> {
  const own = new Map<string, { parameters: number; trainable: number }>()
  for (const [name, value] of root.namedParameters()) {
    const path = owner(name.slice(0, Math.max(0, name.lastIndexOf('.'))))
    const { parameters, trainable } = own.get(path) ?? { parameters: 0, trainable: 0 }
    own.set(path, {
      parameters: parameters + value.size,
      trainable: trainable + (value.requiresGrad ? value.size : 0),
    })
  }
  return own
}

const grouped = (n: number): string => n.toLocaleString('en-US')

function table(all: Omit<ModelSummary, 'toString'>): string {
  const rows = [['Layer', 'Output', 'Parameters', 'Multiply-adds']]
  for (const { name, kind, depth, outputShapes, parameters, multiplyAdds } of all.layers) {
    const label = `${'  '.repeat(depth)}${depth === 0 ? '' : `${inert(name.split('.').at(-1)!)} `}${kind}`
    const shapes = outputShapes.map((shape) => `[${shape.join(', ')}]`).join(' ')
    const count = (n: number): string => (n === 0 ? '' : grouped(n))
    rows.push([label, shapes, count(parameters), multiplyAdds === null ? '?' : count(multiplyAdds)])
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)))
  const lines = rows.map((row) => row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ').trimEnd()) // biome-ignore format: one line
  lines.splice(1, 0, '-'.repeat(widths.reduce((a, b) => a + b + 2, -2)))
  const frozen = all.parameters - all.trainable
  lines.push(
    lines[1]!,
    `${grouped(all.parameters)} parameters${frozen > 0 ? `, of which ${grouped(frozen)} frozen` : ''}; ${showBytes(all.bytes)}; ${grouped(all.multiplyAdds)} multiply-adds`,
  )
  return lines.join('\n')
}
