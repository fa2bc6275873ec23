/**
 * Training steps of recurrent networks and of a transformer beside PyTorch and tfjs (wasm), in turn in one run, from the same weights; the losses
 * of the first steps are compared before anything is timed. A step is forward, loss, backward and Adam.
 * Run: node bench/run.mjs lstm [lstm|gru|transformer]; THREADS (2) of BLAS on both sides, BACKEND (auto) system or portable, ROUNDS (7), PYTHON.
 */
import { crossEntropy, GRU, Linear, LSTM, Module, mseLoss, TransformerEncoderLayer } from '../src/nn/index.node.js'
import { Adam } from '../src/optim/index.node.js'
import { noGrad, oneHot, reshape, scope, setBackend, type Tensor, tensor } from '../src/tensor/index.node.js'
import { lapack } from '../src/tensor/internal.js'
import { inTurn, report, type Side, summary, type Target, timed } from './lib/compare.js'
import { tensorflowWithGradients } from './lib/javascript.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const words = process.argv.slice(2)
const isAsked = (part: string): boolean => words.length === 0 || words.includes(part)
const threads = Number(process.env['THREADS'] ?? 2)
const rounds = { count: Number(process.env['ROUNDS'] ?? 7), seconds: 0.2, patience: 3 }
const choice = (process.env['BACKEND'] ?? 'auto') as 'auto' | 'system' | 'portable'
const [T, N, symbols] = [64, 32, 65]

/** Numbers of both signs, which PyTorch's side makes too; seldom near a kink. */
const wave = (shape: readonly number[], step: number, scale: number): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1)
  return reshape(tensor(Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * step + 0.5))), shape)
}

/** Parameter k is a wave of its own, so both sides start from the same weights. */
function fill(model: { namedParameters(): Iterable<[string, Tensor]> }): void {
  let k = 0
  for (const [, p] of model.namedParameters()) {
    const values = wave(p.shape, 0.7 + 0.013 * ++k, 0.08)
    noGrad(() => p.copy_(values))
    values.dispose()
  }
}

/** Symbols of a text that is none: seldom the same twice. */
const text = Int32Array.from({ length: T * N + 1 }, (_, i) =>
  Math.floor((Math.sin(i * 12.9898) + 1) * 0.4999 * symbols),
)

class Character extends Module {
  readonly recurrent: LSTM | GRU
  readonly head: Linear
  constructor(kind: typeof LSTM | typeof GRU, hidden: number) {
    super()
    this.recurrent = new kind(symbols, hidden)
    this.head = new Linear(hidden, symbols)
  }
  forward(x: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(x).output)
  }
}

/** A step of ours; returns its loss. */
function trainer(model: Module, lossOf: () => Tensor): () => number {
  fill(model)
  const optimizer = new Adam(model.namedParameters(), { lr: 1e-3 })
  return () =>
    scope(() => {
      optimizer.zeroGrad()
      const loss = lossOf()
      loss.backward()
      optimizer.step()
      return loss.item()
    })
}

function ours(task: string): () => number {
  if (task === 'transformer') {
    const model = new TransformerEncoderLayer(128, 4, { dimFeedforward: 512, dropout: 0 })
    const [x, y] = [wave([T, N, 128], 0.37, 1), wave([T, N, 128], 0.73, 1)]
    return trainer(model, () => mseLoss(model.forward(x), y))
  }
  const model = task === 'lstm' ? new Character(LSTM, 128) : new Character(GRU, 256)
  const input = reshape(tensor(text.subarray(0, T * N)), [T, N])
  const target = tensor(text.subarray(1))
  return trainer(model, () => crossEntropy(reshape(model.forward(oneHot(input, symbols)), [T * N, symbols]), target))
}

/** The LSTM of tfjs, step by step: what its layers do. */
async function tfjs(): Promise<() => number> {
  const tf = await tensorflowWithGradients()
  const H = 128
  const shapes = [[4 * H, symbols], [4 * H, H], [4 * H], [4 * H], [symbols, H], [symbols]] // biome-ignore format: one line
  // biome-ignore lint/suspicious/noExplicitAny: tfjs has no types here
  const variables = shapes.map((shape, k): any => {
    const values = wave(shape, 0.7 + 0.013 * (k + 1), 0.08)
    const made = tf.variable(tf.tensor(Float32Array.from(values.toArray()), shape))
    values.dispose()
    return made
  })
  const [wx, wh, bi, bh, wo, bo] = variables
  const x = tf.cast(
    tf.reshape(tf.oneHot(tf.tensor1d(text.slice(0, T * N), 'int32'), symbols), [T, N, symbols]),
    'float32',
  )
  const inputs = tf.unstack(x)
  const target = tf.cast(tf.oneHot(tf.tensor1d(text.slice(1), 'int32'), symbols), 'float32')
  const loss = () => {
    let [h, c] = [tf.zeros([N, H]), tf.zeros([N, H])]
    const outputs = []
    for (const input of inputs) {
      const sums = tf.add(tf.add(tf.matMul(input, wx, false, true), tf.matMul(h, wh, false, true)), tf.add(bi, bh))
      const [i, f, g, o] = tf.split(sums, 4, 1)
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)))
      h = tf.mul(tf.sigmoid(o), tf.tanh(c))
      outputs.push(h)
    }
    const logits = tf.add(tf.matMul(tf.concat(outputs), wo, false, true), bo)
    const shifted = tf.sub(logits, tf.max(logits, 1, true))
    const logs = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)))
    return tf.mul(tf.sum(tf.mul(target, logs)), -1 / (T * N))
  }
  const optimizer = tf.train.adam(1e-3)
  return () =>
    tf.tidy(() => {
      const cost = optimizer.minimize(loss, true, variables)
      return cost.dataSync()[0] as number
    })
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.abs(b)

async function compare(task: string, target: Target | undefined): Promise<void> {
  const step = ours(task)
  const first = [step(), step(), step()]
  const sides: Record<string, Side> = { ours: timed(step) }
  if (torch) {
    for (const [i, loss] of first.entries()) {
      const [, theirs] = await torch.ask<[number, number]>([task, 1])
      if (!near(loss, theirs)) throw new Error(`${task}: loss ${i} is ${loss}, PyTorch's ${theirs}`)
    }
    sides['PyTorch'] = async (calls) => {
      const [wall, , cpu] = await torch.ask<[number, number, number]>([task, calls])
      return { wall, cpu }
    }
  }
  if (task === 'lstm')
    try {
      const peer = await tfjs()
      for (const [i, loss] of first.entries()) {
        const theirs = peer()
        if (!near(loss, theirs)) throw new Error(`loss ${i} is ${loss}, tfjs has ${theirs}`)
      }
      sides['tfjs-wasm'] = timed(peer)
    } catch (error) {
      console.log(`skipped: tfjs (${(error as Error).message.split('\n')[0]}). Try npm ci in bench/`)
    }
  report(`${task} step`, await inTurn(rounds, sides), 'ours', target)
}

setBackend(choice)
lapack().setThreads(threads)
const isPortable = lapack().info.kind === 'portable'
const torch = PythonPeer.start(new URL('lstm.torch.py', import.meta.url), threads, 'torch')
console.log(`${machine()}; ${lapack().info.name}; PyTorch ${torch ? await torch.ask<string>(threads) : 'not here'}; medians of ${rounds.count}, ${threads} threads`) // biome-ignore format: one line
const targets: Record<string, Target> = isPortable
  ? { lstm: { peer: 'tfjs-wasm', most: 0.25 } }
  : { lstm: { peer: 'PyTorch', most: 0.9 } }
for (const task of ['lstm', 'gru', 'transformer']) if (isAsked(task)) await compare(task, targets[task])
summary()
torch?.end()
