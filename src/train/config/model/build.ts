/** Layers by their names: arguments that a configuration leaves out follow from what comes in, which is found out by sending an example through. */
import { inert, showShape, UsageError } from '../../../core/index.js'
import * as nn from '../../../nn/index.js'
import { noGrad, type Tensor } from '../../../tensor/index.js'
import { tidy } from '../../../tensor/internal.js'
import { type ConfigPath, fault, within } from '../fault.js'
import { layerForms } from '../schema/layers.js'
import type { LayerConfig } from '../types.js'
import { LastStep, MeanStep, passOn, Stack } from './stack.js'

type Layer = nn.Module<[Tensor], unknown>
type Arguments = Readonly<Record<string, unknown>>

/** What the data asks of a network. */
export interface Wanted {
  /** Different numbers that inputs may be, for tokens; null where inputs are numbers. */
  readonly tokens: number | null
  /** Numbers that it puts out: classes, or targets. */
  readonly outputs: number
}

/** A position looks at itself and those before it. */
class CausalEncoderLayer extends nn.TransformerEncoderLayer {
  override forward(x: Tensor): Tensor {
    return super.forward(x, { isCausal: true })
  }
}

const classes: Readonly<Record<string, unknown>> = { ...nn, LastStep, MeanStep, CausalEncoderLayer }

/** A layer by its class's name. */
export function makeLayer(name: string, args: readonly unknown[], options: Arguments = {}): Layer {
  const type = classes[name] as (new (...args: unknown[]) => Layer) | undefined
  if (type === undefined) throw new Error(`there is no layer ${name}`)
  return Object.keys(options).length === 0 ? new type(...args) : new type(...args, options)
}

/** The shape of one example, without the batch. */
const example = (x: Tensor): readonly number[] => x.shape.slice(1)

/** What `x` becomes; nothing is recorded, and modules are as in use (a batch of one would be too few for batch norm). */
export function probe(module: nn.AnyModule, x: Tensor): Tensor {
  module.eval()
  try {
    return noGrad(() => tidy(() => passOn((module as unknown as Layer).forward(x))))
  } finally {
    module.train()
  }
}

/** `{ Linear: { outFeatures: 10 } }` as name and arguments. */
function read(config: LayerConfig): { name: string; given: Arguments } {
  if (typeof config === 'string') return { name: config, given: {} }
  const [name, given] = Object.entries(config)[0]!
  return { name, given: given ?? {} }
}

/** What arguments are where they are left out, and must be where they are not. */
function sizesFor(name: string, x: Tensor, wanted: Wanted, isLast: boolean): Arguments {
  const [last, channels] = [x.shape.at(-1), x.shape[1]]
  switch (name) {
    case 'Linear':
      return { inFeatures: last, ...(isLast ? { outFeatures: wanted.outputs } : {}) }
    case 'Embedding':
      return { numEmbeddings: wanted.tokens ?? undefined }
    case 'LayerNorm':
    case 'RMSNorm':
      return { normalizedShape: last }
    case 'GroupNorm':
      return { numChannels: channels }
    case 'RNN':
    case 'LSTM':
    case 'GRU':
      return { inputSize: last }
    case 'TransformerEncoderLayer':
      return { dModel: last }
    default:
      return name.startsWith('Conv') ? { inChannels: channels } : name.startsWith('BatchNorm') ? { numFeatures: channels } : {} // biome-ignore format: one line
  }
}

/** Axes of one example that a layer takes; null: any. */
const axesOf: Readonly<Record<string, readonly number[]>> = {
  Conv1d: [2],
  Conv2d: [3],
  ConvTranspose1d: [2],
  ConvTranspose2d: [3],
  MaxPool1d: [2],
  MaxPool2d: [3],
  AvgPool1d: [2],
  AvgPool2d: [3],
  AdaptiveAvgPool1d: [2],
  AdaptiveAvgPool2d: [3],
  AdaptiveMaxPool1d: [2],
  AdaptiveMaxPool2d: [3],
  BatchNorm1d: [1, 2],
  BatchNorm2d: [3],
  RNN: [2],
  LSTM: [2],
  GRU: [2],
  TransformerEncoderLayer: [2],
  LastStep: [2],
  MeanStep: [2],
}
const called: Readonly<Record<number, string>> = { 1: '[numbers]', 2: '[steps or channels, ..]', 3: '[channels, height, width]' } // biome-ignore format: one line

/** One layer for inputs such as `x`. */
function layerOf(config: LayerConfig, x: Tensor, wanted: Wanted, isLast: boolean, path: ConfigPath): Layer {
  const { name, given } = read(config)
  const coming = showShape([...example(x)])
  if (name === 'Residual') return residualOf(given, x, wanted, path)
  const axes = axesOf[name]
  if (axes !== undefined && !axes.includes(x.rank - 1))
    throw fault(path, `${name} takes examples ${axes.map((n) => called[n]).join(' or ')}, and ${coming} comes in.`)
  if (x.dtype === 'i32' && name !== 'Embedding' && name !== 'Flatten')
    throw fault(path, `${name} takes numbers, and tokens come in. Try an Embedding before it.`)
  const { parametrization, rank, ...own } = given as Arguments & { parametrization?: keyof typeof forms; rank?: number }
  const { args, options } = layerForms[name]!
  const follows = sizesFor(name, x, wanted, isLast)
  for (const [key, value] of Object.entries(follows)) {
    const isOurs = name === 'Linear' && key === 'outFeatures'
    if (own[key] === undefined || isOurs || value === undefined || same(own[key], value, x)) continue
    throw fault([...path, name, key], `${key} is ${show(own[key])}, and ${coming} comes in; expected ${show(value)}.`)
  }
  const all = { ...follows, ...own }
  const missing = Object.keys(args).find((key) => all[key] === undefined && !['p', 'startDim'].includes(key))
  if (missing !== undefined)
    throw fault(path, `${name} needs ${missing}${name === 'Embedding' ? ': inputs are no tokens' : ''}.`)
  const rest: Record<string, unknown> = Object.fromEntries(
    Object.keys(options)
      .filter((key) => own[key] !== undefined)
      .map((key) => [key, own[key]]),
  )
  if (['RNN', 'LSTM', 'GRU', 'TransformerEncoderLayer'].includes(name)) rest['batchFirst'] = true
  return within(path, () => {
    const values = Object.keys(args).map((key) => all[key])
    const { causal = false, ...others } = rest
    const type = causal === true ? 'CausalEncoderLayer' : name
    const layer = makeLayer(type, positional(name, values, others), others)
    return parametrized(layer, parametrization, rank)
  })
}

/** Layers whose options are arguments in their order. */
function positional(name: string, values: readonly unknown[], options: Record<string, unknown>): readonly unknown[] {
  const inOrder: Readonly<Record<string, string>> = { LeakyReLU: 'negativeSlope', ELU: 'alpha', Softplus: 'beta' }
  const key = inOrder[name]
  if (key === undefined) return values
  const value = options[key]
  delete options[key]
  return [...values, value]
}

/** A size that must follow; LayerNorm may take several of the last axes. */
function same(given: unknown, value: unknown, x: Tensor): boolean {
  if (Array.isArray(given)) return String(given) === String(x.shape.slice(-given.length))
  return given === value
}
const show = (value: unknown): string => inert(Array.isArray(value) ? showShape(value as number[]) : String(value), 60)

function residualOf(given: Arguments, x: Tensor, wanted: Wanted, path: ConfigPath): Layer {
  const layers = given['layers'] as readonly LayerConfig[]
  const body = layersOf(layers, x, wanted, [...path, 'Residual', 'layers'], false)
  const made = makeLayer('Residual', [new Stack(body)])
  return made
}

/** Ways to hold a layer's weight, by the words of the schema. */
const forms = { weightNorm: nn.weightNorm, spectralNorm: nn.spectralNorm, orthogonal: nn.orthogonal } as const

/** The weight of a layer held in another form: computed from others, or as a product of two thin matrices. */
function parametrized(layer: Layer, name: keyof typeof forms | undefined, rank: number | undefined): Layer {
  if (rank === undefined) return name === undefined ? layer : forms[name](layer)
  if (name !== undefined)
    throw new UsageError(`a weight of rank ${rank} has no parametrization; expected rank or parametrization.`)
  const linear = layer as unknown as nn.Linear
  const factored = nn.LowRankLinear.fromLinear(linear, { rank })
  linear.dispose()
  return factored
}

/** The layers of a list, each made for what the one before puts out. What they put out belongs to the scope around. */
export function layersOf(
  list: readonly LayerConfig[],
  x: Tensor,
  wanted: Wanted,
  path: ConfigPath,
  isWhole = true,
): Layer[] {
  const layers: Layer[] = []
  let at = x
  for (const [i, config] of list.entries()) {
    const here = [...path, i]
    const layer = layerOf(config, at, wanted, isWhole && i === list.length - 1, here)
    layers.push(layer)
    at = within(here, () => probe(layer as unknown as nn.AnyModule, at))
  }
  return layers
}
