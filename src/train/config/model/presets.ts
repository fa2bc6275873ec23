/** Networks by one word, for what the data are: tables, images, sequences of tokens or numbers. */
import { showShape } from '../../../core/index.js'
import { Linear, Module, parameter } from '../../../nn/index.js'
import { add, mul, permute, randn, reshape, slice, type Tensor, unsqueeze } from '../../../tensor/index.js'
import { tidy } from '../../../tensor/internal.js'
import { type ConfigPath, fault } from '../fault.js'
import type { LayerConfig, ModelConfig } from '../types.js'
import { layersOf, makeLayer, type Wanted } from './build.js'
import { passOn, Stack } from './stack.js'

export type PresetConfig = Extract<ModelConfig, { readonly preset: string }>

/** What a preset is made for: an example as a batch of one, and what is wanted of the network. */
export interface Purpose {
  readonly x: Tensor
  readonly wanted: Wanted
  /** Whether each step of a sequence has a target of its own. */
  readonly perStep: boolean
}

type Layer = Module<[Tensor], unknown>
type Make = (config: PresetConfig, purpose: Purpose) => Module

const path: ConfigPath = ['model']
const flat = (x: Tensor): Tensor => (x.rank > 2 ? reshape(x, [x.shape[0]!, -1]) : x)
const size = (x: Tensor): number => x.size / x.shape[0]!

/** wx + b of the whole example: least squares, or logistic regression by cross-entropy. Named `weight`, `bias`. */
class FlatLinear extends Linear {
  override forward(x: Tensor): Tensor {
    return super.forward(flat(x))
  }
}

/** Fully connected layers with an activation between, named as PyTorch's Sequential of Linear, ReLU, Linear, ...: `0`, `2`, `4`. */
const mlp: Make = ({ hidden = [256, 128], activation = 'ReLU', dropout = 0, batchNorm = false }, { x, wanted }) => {
  const list: LayerConfig[] = hidden.flatMap((n) => [
    { Linear: { outFeatures: n } },
    ...(batchNorm === true ? ['BatchNorm1d'] : []),
    activation,
    ...(dropout > 0 ? [{ Dropout: { p: dropout } }] : []),
  ])
  const input = flat(x)
  return new Stack(layersOf([...list, 'Linear'], input, wanted, path), { flattens: true })
}

/** What is between the input and itself: the last of `hidden` is the code, and the layers are mirrored behind it. */
const autoencoder: Make = ({ hidden = [128, 32], activation = 'ReLU', dropout = 0 }, { x }) => {
  const sizes = [...hidden, ...hidden.slice(0, -1).reverse()]
  const list: LayerConfig[] = sizes.flatMap((n) => [
    { Linear: { outFeatures: n } },
    activation,
    ...(dropout > 0 ? [{ Dropout: { p: dropout } }] : []),
  ])
  const wanted = { tokens: null, outputs: size(x) }
  return new Back(new Stack(layersOf([...list, 'Linear'], flat(x), wanted, path), { flattens: true }))
}

/** Puts the output into the input's shape. */
class Back extends Module {
  constructor(readonly net: Module) {
    super()
  }

  protected override *members(): Iterable<readonly [string, unknown]> {
    yield* (this.net as unknown as { members(): Iterable<readonly [string, unknown]> }).members()
  }

  forward(x: Tensor): Tensor {
    return reshape(this.net.forward(x), x.shape)
  }
}

/** Convolutions `c1`, `c2`, ..., each with an activation and a pooling that halves the image, then `fc`. */
class Cnn extends Module {
  readonly #chain: readonly Layer[]

  constructor(named: readonly (readonly [string, Layer])[], chain: readonly Layer[]) {
    super()
    this.#chain = chain
    for (const [name, layer] of named) (this as unknown as Record<string, unknown>)[name] = layer
  }

  forward(x: Tensor): Tensor {
    let out = x
    for (const layer of this.#chain) out = passOn(layer.forward(out))
    return out
  }
}

const cnn: Make = (config, { x, wanted }) => {
  const { hidden = [16, 32], activation = 'ReLU', dropout = 0, batchNorm = false } = config
  const kernelSize = (config['kernelSize'] as number | undefined) ?? 3
  const dense = config['dense'] as number | undefined
  const [, , height = 0, width = 0] = x.shape
  if (x.rank !== 4)
    throw fault(
      ['model', 'preset'],
      `cnn takes images [channels, height, width]; an example is ${showShape([...x.shape.slice(1)])}. Try mlp.`,
    )
  const names = new Map<number, string>()
  const list: LayerConfig[] = []
  const put = (name: string | null, layer: LayerConfig): void => {
    if (name !== null) names.set(list.length, name)
    list.push(layer)
  }
  let side = Math.min(height, width)
  for (const [i, channels] of hidden.entries()) {
    put(`c${i + 1}`, { Conv2d: { outChannels: channels, kernelSize, padding: 'same' } })
    if (batchNorm === true) put(`b${i + 1}`, 'BatchNorm2d')
    put(null, activation)
    if (side >= 2) put(null, { MaxPool2d: { kernelSize: 2 } })
    side = Math.floor(side / 2)
  }
  put(null, 'Flatten')
  if (dense !== undefined) {
    put('hidden', { Linear: { outFeatures: dense } })
    put(null, activation)
  }
  if (dropout > 0) put(null, { Dropout: { p: dropout } })
  put('fc', 'Linear')
  const chain = layersOf(list, x, wanted, path)
  const named = [...names].map(([i, name]) => [name, chain[i]!] as const)
  return new Cnn(named, chain)
}

/** An example as a sequence of vectors: tokens and steps as they are, rows of an image, numbers of a row. */
function asSequence(x: Tensor): Tensor {
  if (x.dtype === 'i32' || x.rank === 3) return x
  if (x.rank === 2) return unsqueeze(x, 2)
  return reshape(permute(x, [0, 2, 1, 3]), [x.shape[0]!, x.shape[2]!, -1])
}

/** Embedding (of tokens), layers over the sequence, and a head for each step or for the last. */
class SequenceNet extends Module {
  readonly embedding: Layer | null
  readonly head: Linear
  readonly #steps: (x: Tensor) => Tensor
  readonly #perStep: boolean

  constructor(
    embedding: Layer | null,
    parts: Readonly<Record<string, unknown>>,
    steps: (x: Tensor) => Tensor,
    head: Linear,
    perStep: boolean,
  ) {
    super()
    this.embedding = embedding
    Object.assign(this, parts)
    this.head = head
    this.#steps = steps
    this.#perStep = perStep
  }

  forward(x: Tensor): Tensor {
    const sequence = asSequence(x)
    const steps = this.#steps(this.embedding === null ? sequence : passOn(this.embedding.forward(sequence)))
    return this.head.forward(this.#perStep ? steps : slice(steps, null, -1))
  }
}

/** Tokens as vectors; null for numbers, with the length of what comes in. */
function embeddingFor(x: Tensor, wanted: Wanted, length: number): { embedding: Layer | null; width: number } {
  if (wanted.tokens === null) return { embedding: null, width: asSequence(x).shape[2]! }
  return { embedding: makeLayer('Embedding', [wanted.tokens, length]), width: length }
}

const recurrent =
  (name: 'LSTM' | 'GRU'): Make =>
  (config, { x, wanted, perStep }) => {
    const { hidden = [128], dropout = 0 } = config
    const { embedding: length = 64, numLayers = 1, bidirectional = false } = config as { embedding?: number; numLayers?: number; bidirectional?: boolean } // biome-ignore format: one line
    if (bidirectional && perStep && wanted.tokens !== null)
      throw fault(['model', 'bidirectional'], 'a network that reads backwards sees the tokens that it is to tell.')
    const { embedding, width } = embeddingFor(x, wanted, length)
    const chain: Layer[] = []
    let comes = width
    for (const n of hidden) {
      const options = { batchFirst: true, numLayers, bidirectional, ...(numLayers > 1 ? { dropout } : {}) }
      chain.push(makeLayer(name, [comes, n], options))
      comes = bidirectional ? 2 * n : n
    }
    const drop = dropout > 0 ? makeLayer('Dropout', [dropout]) : null
    const word = name.toLowerCase()
    const parts = Object.fromEntries(chain.map((layer, i) => [i === 0 ? word : `${word}${i + 1}`, layer]))
    const steps = (sequence: Tensor): Tensor => {
      let out = sequence
      for (const layer of chain) out = passOn(layer.forward(out))
      return drop === null ? out : passOn(drop.forward(out))
    }
    const head = new Linear(comes, wanted.outputs)
    return new SequenceNet(embedding, drop === null ? parts : { ...parts, drop }, steps, head, perStep)
  }

const transformer: Make = (config, { x, wanted, perStep }) => {
  const { hidden = [128], dropout = 0.1 } = config
  const { numLayers = 2, heads = 4 } = config as { numLayers?: number; heads?: number }
  const width = hidden[0]!
  if (width % heads !== 0)
    throw fault(['model', 'heads'], `${heads} heads cannot share hidden = ${width}; expected a divisor.`)
  const sequence = asSequence(x)
  const length = sequence.shape[1]!
  const embedding = wanted.tokens === null ? makeLayer('Linear', [sequence.shape[2]!, width]) : makeLayer('Embedding', [wanted.tokens, width]) // biome-ignore format: one line
  const position = parameter(tidy(() => mul(randn([length, width]), 0.02)))
  const blocks = Array.from(
    { length: numLayers },
    () =>
    makeLayer('TransformerEncoderLayer', [width, heads], { dimFeedforward: hidden[1] ?? 4 * width, dropout, batchFirst: true, normFirst: true, activation: 'gelu' }), // biome-ignore format: one line
  )
  const norm = makeLayer('LayerNorm', [width])
  const parts = { position, layers: makeLayer('ModuleList', [blocks]), norm }
  const causal = perStep
  const steps = (vectors: Tensor): Tensor => {
    let out = add(vectors, slice(position, { start: 0, stop: vectors.shape[1]! }))
    for (const block of blocks)
      out = passOn((block as unknown as Module<[Tensor, object], unknown>).forward(out, { isCausal: causal }))
    return passOn(norm.forward(out))
  }
  return new SequenceNet(embedding, parts, steps, new Linear(width, wanted.outputs), perStep)
}

const presets: Readonly<Record<PresetConfig['preset'], Make>> = {
  linear: (_, { x, wanted }) => new FlatLinear(size(x), wanted.outputs),
  mlp,
  cnn,
  autoencoder,
  lstm: recurrent('LSTM'),
  gru: recurrent('GRU'),
  transformer,
}

/** The network of a preset. @throws UsageError where it does not go with the data */
export function presetModel(config: PresetConfig, purpose: Purpose): Module {
  const { preset } = config
  const { x, perStep, wanted } = purpose
  const isSequence = preset === 'lstm' || preset === 'gru' || preset === 'transformer'
  if (x.dtype === 'i32' && !isSequence)
    throw fault(['model', 'preset'], `${preset} takes numbers, and the data are tokens. Try lstm, gru or transformer.`)
  if (perStep && wanted.tokens === null && !isSequence)
    throw fault(['model', 'preset'], `${preset} puts out one answer, and each step has a target. Try lstm or gru.`)
  return presets[preset](config, purpose)
}
