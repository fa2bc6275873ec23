/**
 * Convolutional networks beside PyTorch, in turn in one run, each result compared before it is timed: a whole step of training (convolution to 16,
 * ReLU, pool, convolution to 32, ReLU, pool, linear; 64 images of 28 by 28; cross-entropy, Adam), forward and backward of named layers, with
 * the system's BLAS and ours; the step in tfjs (wasm) too.
 * Run: node bench/run.mjs cnn [step|layers|portable]; THREADS (1) are PyTorch's and the system BLAS's, PYTHON names another Python, ROUNDS (7).
 */
import * as nn from '../src/nn/index.node.js'
import { Adam } from '../src/optim/index.node.js'
import { backend, scope, setBackend, type Tensor, tensor } from '../src/tensor/index.node.js'
import { inTurn, report, type Side, summary, type Target, timed } from './lib/compare.js'
import { tensorflowStep } from './lib/convolution.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const threads = Number(process.env['THREADS'] ?? 1)
const words = process.argv.slice(2)
const isAsked = (part: string): boolean => words.length === 0 || words.includes(part)
const rounds = { count: Number(process.env['ROUNDS'] ?? 7), seconds: 0.15, patience: 1 }
const torch = PythonPeer.start(new URL('cnn.torch.py', import.meta.url), threads, 'torch')
console.log(`${machine()}; PyTorch ${torch ? await torch.ask<string>(null) : 'not here'}; medians of ${rounds.count}, ${threads} threads`) // biome-ignore format: one line

function wave(shape: readonly number[], step: number, scale: number): Tensor {
  const count = shape.reduce((a, b) => a * b, 1)
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * step) * scale)
  return tensor(values, { shape: [...shape] })
}

const figureOf = (x: Tensor): number => {
  let total = 0
  for (const value of x.toArray()) total += Math.abs(value)
  return total
}

type Task = readonly [string, ...number[]]

function torchSide(task: Task): Side {
  return async (calls) => {
    const [wall, , cpu] = await torch!.ask<[number, number[], number]>([task, calls])
    return { wall, cpu }
  }
}

/** Compares figures of `run` with PyTorch's after as many calls, then times both. */
async function compare(
  name: string,
  task: Task,
  run: () => number[] | undefined,
  backends: readonly string[],
  targets: Readonly<Record<string, Target>> = {},
  more: Record<string, Side> = {},
): Promise<void> {
  for (const kind of backends) {
    setBackend(kind as 'system' | 'portable')
    const figures = run()
    if (torch && figures) {
      const [, theirs] = await torch.ask<[number, number[], number]>([task, 1])
      for (const [i, value] of figures.entries())
        if (!(Math.abs(value - theirs[i]!) <= 2e-4 * Math.abs(theirs[i]!)))
          throw new Error(`${name}, ${kind}: figure ${i} is ${value}, PyTorch ${theirs[i]}`)
    }
    const sides = {
      ours: timed(run),
      ...(torch && { PyTorch: torchSide(task) }),
      ...(kind === 'portable' ? more : {}),
    }
    report(`${name}, ${kind}`, await inTurn(rounds, sides), 'ours', targets[kind])
  }
}

const kinds = ((): string[] => {
  setBackend('auto')
  const all = backend().kind === 'system' ? ['system', 'portable'] : ['portable']
  return words.includes('portable') ? ['portable'] : all
})()

function training(): () => number[] | undefined {
  const net = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(1568, 10),
  )
  const state = [...net.namedParameters()].map(([name, value], i) => [name, wave(value.shape, 0.7 + 0.1 * i, 0.1)] as const) // biome-ignore format: one line
  net.loadStateDict(new Map(state))
  const optimizer = new Adam(net.namedParameters(), { lr: 1e-3 })
  const x = wave([64, 1, 28, 28], 0.37, 1)
  const labels = tensor(Int32Array.from({ length: 64 }, (_, i) => i % 10))
  let calls = 0
  return () =>
    scope(() => {
      optimizer.zeroGrad()
      const loss = nn.crossEntropy(net.forward(x), labels)
      loss.backward()
      optimizer.step()
      return calls++ === 0 ? [loss.item()] : undefined
    })
}

interface Shape {
  readonly batch: number
  readonly channels: number
  readonly size: number
  readonly filters: number
  readonly kernel: number
  readonly stride?: number
  readonly groups?: number
}

const layers: Readonly<Record<string, Shape>> = {
  'ResNet 3x3, 64 to 64, 56': { batch: 4, channels: 64, size: 56, filters: 64, kernel: 3 },
  'ResNet 1x1, 256 to 64, 56': { batch: 4, channels: 256, size: 56, filters: 64, kernel: 1 },
  'ResNet 3x3, 512 to 512, 7': { batch: 8, channels: 512, size: 7, filters: 512, kernel: 3 },
  'ResNet 7x7 stride 2, 3 to 64, 224': { batch: 1, channels: 3, size: 224, filters: 64, kernel: 7, stride: 2 },
  'VGG 3x3, 128 to 128, 28': { batch: 4, channels: 128, size: 28, filters: 128, kernel: 3 },
  'MobileNet depthwise 3x3, 128, 56': { batch: 4, channels: 128, size: 56, filters: 128, kernel: 3, groups: 128 },
  'MobileNet depthwise 3x3 stride 2, 128, 56': { batch: 4, channels: 128, size: 56, filters: 128, kernel: 3, stride: 2, groups: 128 }, // biome-ignore format: one line
}

function convolution({ batch, channels, size, filters, kernel, stride = 1, groups = 1 }: Shape): () => number[] {
  const x = wave([batch, channels, size, size], 0.37, 1)
  const w = wave([filters, channels / groups, kernel, kernel], 0.73, 0.1)
  x.requiresGrad = true
  w.requiresGrad = true
  let g: Tensor | null = null
  let figures: number[] | null = null
  return () =>
    scope(() => {
      x.zeroGrad()
      w.zeroGrad()
      const y = nn.conv2d(x, w, null, { stride, padding: kernel >> 1, groups })
      g ??= wave(y.shape, 1.31, 1).keep()
      y.backward(g)
      figures ??= [y, x.grad!, w.grad!].map(figureOf)
      return figures
    })
}

/** An operation on activations of a network, and back. */
function activation(run: (x: Tensor) => Tensor, gradient: (x: Tensor, y: Tensor) => Tensor): () => number[] {
  const x = wave([32, 64, 56, 56], 0.37, 1)
  x.requiresGrad = true
  let figures: number[] | null = null
  return () =>
    scope(() => {
      x.zeroGrad()
      const y = run(x)
      y.backward(gradient(x, y).detach())
      figures ??= [y, x.grad!].map(figureOf)
      return figures
    })
}

if (isAsked('step')) {
  const peers: Record<string, Side> = {}
  try {
    const step = await tensorflowStep(wave)
    peers['tfjs-wasm'] = timed(step)
  } catch (error) {
    console.log(`skipped: tfjs does not run here (${(error as Error).message.split('\n')[0]}). Try npm ci in bench/`)
  }
  // The number makes PyTorch begin anew.
  for (const [i, kind] of kinds.entries())
    await compare('step', ['step', i], training(), [kind], {
      system: { peer: 'PyTorch', most: 1 },
      portable: { peer: 'tfjs-wasm', most: 0.05 },
    }, peers) // biome-ignore format: one line
}
if (isAsked('layers')) {
  for (const [name, shape] of Object.entries(layers)) {
    const { batch, channels, size, filters, kernel, stride = 1, groups = 1 } = shape
    const task = ['conv', batch, channels, size, filters, kernel, stride, groups] as const
    await compare(name, task, convolution(shape), kinds, { system: { peer: 'PyTorch', most: 1 } })
  }
  const most: Record<string, Target> = { [kinds[0]!]: { peer: 'PyTorch', most: 1 } }
  const own = (_: Tensor, y: Tensor): Tensor => y
  await compare(
    'max pool 2',
    ['pool', 2, 2, 0],
    activation((x) => nn.maxPool2d(x, 2), own),
    [kinds[0]!],
    most,
  )
  await compare('max pool 3, stride 2', ['pool', 3, 2, 1], activation((x) => nn.maxPool2d(x, 3, { stride: 2, padding: 1 }), own), [kinds[0]!], most) // biome-ignore format: one line
  const layer = new nn.BatchNorm2d(64)
  const g = wave([32, 64, 56, 56], 1.31, 1)
  await compare('batch norm', ['norm'], activation((x) => layer.forward(x), () => g), [kinds[0]!], most) // biome-ignore format: one line
}
torch?.end()
summary()
