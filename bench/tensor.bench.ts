/**
 * Tensors beside PyTorch, one thread, in turn in one run, each result compared before it is timed: operations on four million f32 (tfjs too), what an
 * operation on ten elements costs with and without the tape, the backward pass of a chain of 1,000 of them, and a million small steps.
 * Run: node bench/run.mjs tensor [large|small|chain|steps]; PYTHON names another Python, ROUNDS (7) and STEPS (1000000) what they say.
 */
import * as nb from '../src/tensor/index.node.js'
import { add, exp, matmul, memory, mul, scope, setBackend, sum, type Tensor, tensor } from '../src/tensor/index.node.js'
import { duration, inTurn, report, type Side, summary, type Target, type Timing, timed } from './lib/compare.js'
import { tensorflow } from './lib/javascript.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const words = process.argv.slice(2)
const isAsked = (part: string): boolean => words.length === 0 || words.includes(part)
const rounds = { count: Number(process.env['ROUNDS'] ?? 7), seconds: 0.1 }

const torch = PythonPeer.start(new URL('tensor.torch.py', import.meta.url), 1, 'torch')
console.log(
  `${machine()}; PyTorch ${torch ? await torch.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`,
)

const wave = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * step))

/** The sum of absolute values. */
function figureOf(x: Tensor): number {
  let total = 0
  for (const value of x.toArray()) total += Math.abs(value)
  return total
}

async function compare(name: string, figure: number, sides: Record<string, Side>, most?: number): Promise<void> {
  if (torch) {
    const ask = (calls: number) => torch.ask<[number, number, number]>([name, calls])
    const [, theirs] = await ask(1)
    if (!(Math.abs(figure - theirs) <= 1e-4 * Math.abs(theirs)))
      throw new Error(`${name}: ours ${figure}, PyTorch ${theirs}`)
    sides['PyTorch'] = async (calls) => {
      const [wall, , cpu] = await ask(calls)
      return { wall, cpu }
    }
  }
  const target: Target | undefined = most === undefined ? undefined : { peer: 'PyTorch', most }
  report(name, await inTurn(rounds, sides), 'ours', target)
}

/** One operation, its result freed at once. */
async function operation(
  name: string,
  run: () => Tensor,
  most?: number,
  more: Record<string, Side> = {},
): Promise<void> {
  const result = run()
  const figure = figureOf(result)
  result.dispose()
  await compare(name, figure, { ours: timed(() => run().dispose()), ...more }, most)
}

async function large(): Promise<void> {
  const [rows, columns] = [4096, 1000]
  const data = [0.37, 0.73, 1.31].map((step) => wave(rows * columns, step))
  const [a, b, c] = data.map((values) => tensor(values)) as [Tensor, Tensor, Tensor]
  const matrix = a.reshape([rows, columns])
  const fused = (): Tensor => scope(() => mul(a, b).add(c).relu().sum())
  const peers: Record<string, Side> = {}
  try {
    const tf = await tensorflow()
    const [x, y, z] = data.map((values) => tf.tensor1d(values))
    const m = tf.reshape(x, [rows, columns])
    const side = (run: () => { dispose(): void }): Side => timed(() => tf.tidy(run).dispose())
    Object.assign(peers, {
      add: side(() => tf.add(x, y)),
      exp: side(() => tf.exp(x)),
      sum: side(() => tf.sum(x)),
      softmax: side(() => tf.softmax(m)),
      'relu(a b + c).sum': side(() => tf.sum(tf.relu(tf.add(tf.mul(x, y), z)))),
    })
  } catch (error) {
    console.log(`skipped: tfjs does not run here (${(error as Error).message.split('\n')[0]}). Try npm ci in bench/`)
  }
  const cases: readonly (readonly [name: string, run: () => Tensor, most?: number])[] = [
    ['add', () => add(a, b), 1],
    ['mul', () => mul(a, b), 1],
    ['exp', () => exp(a), 1.2],
    ['tanh', () => nb.tanh(a), 1.2],
    ['sum', () => sum(a), 1],
    ['max', () => nb.max(a) as Tensor, 1],
    ['variance', () => nb.variance(a), 1],
    ['softmax', () => nb.softmax(matrix, { axis: 1 }), 1.2],
    ['relu(a b + c).sum', fused],
  ]
  for (const [name, run, most] of cases) {
    const peer = peers[name]
    await operation(name, run, most, peer ? { 'tfjs-wasm': peer } : {})
  }
  for (const one of [a, b, c, matrix]) one.dispose()
}

async function small(): Promise<void> {
  const [a, b, tracked] = [tensor(wave(10, 1.5)), tensor(wave(10, 2.5)), tensor(wave(10, 1.5))]
  tracked.requiresGrad = true
  const m = tensor(wave(256, 0.7)).reshape([16, 16])
  await operation('small add', () => add(a, b), 1)
  await operation('small mul', () => mul(a, b), 1)
  await operation('small exp', () => exp(a), 1)
  await operation('small sum', () => sum(a), 1)
  await operation('small matmul', () => matmul(m, m), 1)
  await operation('small add, tape', () => add(tracked, b), 1)
  await operation('small mul, tape', () => mul(tracked, b), 1)
  await operation('small exp, tape', () => exp(tracked), 1)
  await operation('small sum, tape', () => sum(tracked), 1)
}

async function chain(): Promise<void> {
  const [a, b, x] = [tensor(wave(10, 1.5)), tensor(wave(10, 2.5)), tensor(wave(10, 1.5))]
  x.requiresGrad = true
  const forward = (): Tensor => {
    let y = x
    for (let i = 0; i < 500; i++) y = add(mul(y, b), a)
    return sum(y)
  }
  await operation('forward of 1000', () => scope(forward), 1)
  /** The forward pass is outside the clock. */
  const backward = (calls: number): Timing => {
    let [wall, cpu] = [0, 0]
    for (let call = 0; call < calls; call++)
      scope(() => {
        x.zeroGrad()
        const y = forward()
        const one = timed(() => y.backward())(1) as Timing
        wall += one.wall / calls
        cpu += one.cpu / calls
      })
    return { wall, cpu }
  }
  backward(1)
  await compare('backward of 1000', figureOf(x.grad!), { ours: backward }, 1)
}

/** A small computation again and again: how long each tenth takes, and what memory holds afterwards. */
function steps(): void {
  const total = Number(process.env['STEPS'] ?? 1e6)
  const [w, x] = [tensor(wave(10, 1.5)), tensor(wave(10, 2.5))]
  w.requiresGrad = true
  const step = (): void =>
    scope(() => {
      w.zeroGrad()
      nb.square(sum(mul(w, x))).backward()
    })
  for (let i = 0; i < total / 100; i++) step()
  w.zeroGrad()
  const [tensors, rss] = [memory().tensors, process.memoryUsage().rss]
  const tenths: Timing[] = []
  for (let tenth = 0; tenth < 10; tenth++) tenths.push(timed(step)(total / 10) as Timing)
  w.zeroGrad()
  const [first, last] = [tenths[0]!, tenths[9]!]
  console.log(
    `${total} steps of 3 operations and backward: ${duration(first.cpu)} of processor time a step in the first tenth, ${duration(last.cpu)} in the last; wall ${tenths.map((one) => duration(one.wall)).join(', ')}`,
  )
  const grown = (process.memoryUsage().rss - rss) / 2 ** 20
  const isFlat = memory().tensors === tensors && grown < 64 && last.cpu < 1.5 * first.cpu
  console.log(
    `  tensors ${tensors} before, ${memory().tensors} after; the process grew by ${grown.toFixed(1)} MiB: ${isFlat ? 'MET' : 'NOT MET'} (flat, no slowing)`,
  )
}

setBackend('auto')
if (isAsked('large')) await large()
if (isAsked('small')) await small()
if (isAsked('chain')) await chain()
if (isAsked('steps')) steps()
summary()
torch?.end()
