/**
 * Training steps of an MLP 784-256-128-10, batch 128, Adam, cross-entropy, beside PyTorch and tfjs (wasm), in turn in one run, from the same weights; the
 * losses of the first steps are compared before anything is timed. `kept` is the same with an l1 and an l2 penalty and clipping, with figures of every
 * layer and alarms each step, and with all of it, beside the plain step; `steps` takes 100,000 small steps and tells the memory that is resident.
 * Run: node bench/run.mjs mlp [mlp|kept|steps]; THREADS (2) of BLAS on both sides, BACKEND (auto) system or portable, ROUNDS (7), PYTHON.
 */
import { crossEntropy, Linear, type Module, ReLU, Sequential } from '../src/nn/index.node.js'
import { l1, l2 } from '../src/norms/index.node.js'
import { Adam, accumulate, clipByNorm, monitor, penalty } from '../src/optim/index.node.js'
import { memory, noGrad, reshape, scope, setBackend, type Tensor, tensor } from '../src/tensor/index.node.js'
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
const sizes = [784, 256, 128, 10]
const batch = 128
/** So small that a batch is not learnt by heart while it is timed: gradients would end as numbers too small for their type, which are slow. */
const lr = 1e-5

/** Numbers of both signs, which PyTorch's side makes too. */
const wave = (shape: readonly number[], step: number, scale: number): Tensor => {
  const count = shape.reduce((a, b) => a * b, 1)
  return reshape(tensor(Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * step + 0.5))), shape)
}
const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % 10)

function mlp(layers: readonly number[]): Module {
  const parts = layers.slice(1).flatMap((out, i) => [new Linear(layers[i]!, out), new ReLU()])
  const model = new Sequential(...parts.slice(0, -1))
  let k = 0
  for (const [, p] of model.namedParameters()) {
    const values = wave(p.shape, 0.7 + 0.013 * ++k, 0.08)
    noGrad(() => p.copy_(values))
    values.dispose()
  }
  return model
}

/** A step; returns its loss. */
function plain(): () => number {
  const model = mlp(sizes)
  const optimizer = new Adam(model.namedParameters(), { lr })
  const [x, y] = [wave([batch, sizes[0]!], 0.37, 1), tensor(labels)]
  return () =>
    scope(() => {
      optimizer.zeroGrad()
      const loss = crossEntropy(model.forward(x), y)
      loss.backward()
      optimizer.step()
      return loss.item()
    })
}

/** What is done beside the plain step. */
interface Care {
  /** An l1 and an l2 penalty on weights, and clipping by the norm of all gradients. */
  readonly isKept?: boolean
  /** Figures of each layer and alarms, every step. */
  readonly isWatched?: boolean
}

/** The same, with what keeps weights in check and watches them, in the order of `fit`. */
function cared({ isKept = false, isWatched = false }: Care): () => number {
  const model = mlp(sizes)
  const parameters = [...model.namedParameters()]
  const optimizer = new Adam(parameters, { lr })
  const [x, y] = [wave([batch, sizes[0]!], 0.37, 1), tensor(labels)]
  const sparse = penalty(l1, 1e-6, parameters, { on: '*weight' })
  const small = penalty(l2, 1e-6, parameters, { on: '*weight', squared: true })
  const clip = clipByNorm({ max: 1 })
  const watch = isWatched ? monitor(model, optimizer, { every: 1, spectra: false }) : null
  let step = 0
  return () =>
    scope(() => {
      step++
      optimizer.zeroGrad()
      watch?.beginStep(step)
      const loss = crossEntropy(model.forward(x), y)
      loss.backward()
      const value = loss.item() + (isKept ? accumulate([sparse, small]) : 0)
      watch?.afterBackward(step, value)
      if (isKept) clip.apply(optimizer.parameters)
      optimizer.step()
      watch?.afterStep(step, lr)
      return value
    })
}

async function tfjs(): Promise<() => number> {
  const tf = await tensorflowWithGradients()
  const shapes = sizes.slice(1).flatMap((out, i) => [[out, sizes[i]!], [out]])
  // biome-ignore lint/suspicious/noExplicitAny: tfjs has no types here
  const variables = shapes.map((shape, k): any => {
    const values = wave(shape, 0.7 + 0.013 * (k + 1), 0.08)
    const made = tf.variable(tf.tensor(Float32Array.from(values.toArray()), shape))
    values.dispose()
    return made
  })
  const from = wave([batch, sizes[0]!], 0.37, 1)
  const x = tf.tensor(Float32Array.from(from.toArray()), [batch, sizes[0]!])
  const target = tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), 10), 'float32')
  const loss = () => {
    let h = x
    for (let i = 0; i < 3; i++) {
      h = tf.add(tf.matMul(h, variables[2 * i], false, true), variables[2 * i + 1])
      if (i < 2) h = tf.relu(h)
    }
    const shifted = tf.sub(h, tf.max(h, 1, true))
    const logs = tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), 1, true)))
    return tf.mul(tf.sum(tf.mul(target, logs)), -1 / batch)
  }
  const optimizer = tf.train.adam(lr, 0.9, 0.999, 1e-8)
  return () => tf.tidy(() => optimizer.minimize(loss, true, variables).dataSync()[0] as number)
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-4 * Math.abs(b)

async function compare(target: Target): Promise<void> {
  const step = plain()
  const first = [step(), step(), step()]
  const sides: Record<string, Side> = { ours: timed(step) }
  if (torch) {
    for (const [i, loss] of first.entries()) {
      const [, theirs] = await torch.ask<[number, number]>(['mlp', 1])
      if (!near(loss, theirs)) throw new Error(`loss ${i} is ${loss}, PyTorch's ${theirs}`)
    }
    sides['PyTorch'] = async (calls) => {
      const [wall, , cpu] = await torch.ask<[number, number, number]>(['mlp', calls])
      return { wall, cpu }
    }
  }
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
  report('mlp step', await inTurn(rounds, sides), 'ours', target)
}

/** Ratios to the plain step, in processor time too, which is the one to trust with one thread. */
async function kept(): Promise<void> {
  // Short turns, many: shares of a few hundredths are asked for.
  const times = await inTurn(
    { ...rounds, count: 6 * rounds.count, seconds: 0.04 },
    {
      plain: timed(plain()),
      'penalties, clipping': timed(cared({ isKept: true })),
      'monitor every step': timed(cared({ isWatched: true })),
      together: timed(cared({ isKept: true, isWatched: true })),
    },
  )
  const { plain: alone, ...others } = times
  for (const [name, time] of Object.entries(others))
    report(name, { ours: time, plain: alone! }, 'ours', { peer: 'plain', most: 1.1 })
}

/** Resident memory in MB, after 10,000 small steps and after so many. */
async function steps(many: number): Promise<void> {
  const model = mlp([16, 32, 4])
  const optimizer = new Adam(model.namedParameters(), { lr })
  const [x, y] = [wave([8, 16], 0.37, 1), tensor(Int32Array.from({ length: 8 }, (_, i) => i % 4))]
  const clip = clipByNorm({ max: 1 })
  const resident = (): number => Math.round(process.memoryUsage.rss() / 2 ** 20)
  const seen: number[] = []
  const start = performance.now()
  for (let step = 1; step <= many; step++) {
    scope(() => {
      optimizer.zeroGrad()
      crossEntropy(model.forward(x), y).backward()
      clip.apply(optimizer.parameters)
      optimizer.step()
    })
    if (step % 10_000 === 0) {
      seen.push(resident())
      // Finalizers run between tasks.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const each = (performance.now() - start) / many
  const [tensors, peer] = [memory().tensors, torch && (await torch.ask<number>('resident'))]
  console.log(`${many} small steps of ${(each * 1e3).toFixed(0)} µs: ${seen.join(', ')} MB resident after each 10,000, ${tensors} tensors; PyTorch ${peer ?? '?'} MB`) // biome-ignore format: one line
}

setBackend(choice)
lapack().setThreads(threads)
const isPortable = lapack().info.kind === 'portable'
const torch = PythonPeer.start(new URL('mlp.torch.py', import.meta.url), threads, 'torch')
console.log(`${machine()}; ${lapack().info.name}; PyTorch ${torch ? await torch.ask<string>(threads) : 'not here'}; medians of ${rounds.count}, ${threads} threads`) // biome-ignore format: one line
if (isAsked('mlp')) await compare(isPortable ? { peer: 'tfjs-wasm', most: 1 / 1.3 } : { peer: 'PyTorch', most: 0.7 })
if (isAsked('kept')) await kept()
if (isAsked('steps')) await steps(Number(process.env['STEPS'] ?? 100_000))
summary()
torch?.end()
