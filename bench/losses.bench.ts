/**
 * Losses and dropout, forward and backward, beside PyTorch, one thread, in turn in one run, each result compared before it is timed. The shapes are
 * those of an MLP's, a character model's and a language model's logits, and of an autoencoder's pictures.
 * Run: node bench/run.mjs losses; PYTHON names another Python, ROUNDS (7) says how often.
 */
import { binaryCrossEntropyWithLogits, crossEntropy, dropout, huberLoss, mseLoss } from '../src/nn/index.node.js'
import { scope, type Tensor, tensor } from '../src/tensor/index.node.js'
import { inTurn, report, type Side, timed } from './lib/compare.js'
import { machine } from './lib/measure.js'
import { PythonPeer } from './lib/python.js'

const rounds = { count: Number(process.env['ROUNDS'] ?? 7), seconds: 0.1 }
const torch = PythonPeer.start(new URL('losses.torch.py', import.meta.url), 1, 'torch')
console.log(
  `${machine()}; PyTorch ${torch ? await torch.ask<string>(null) : 'not here'}; medians of ${rounds.count}, one thread`,
)

const wave = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * step))

/** Sum of absolute values of the gradient, for comparison. */
function gradient(x: Tensor, loss: (x: Tensor) => Tensor): number {
  scope(() => loss(x).backward())
  const total = x.grad!.abs().sum().item()
  x.zeroGrad()
  return total
}

async function compare(name: string, x: Tensor, loss: (x: Tensor) => Tensor, check = true): Promise<void> {
  const sides: Record<string, Side> = {
    ours: timed(() => {
      scope(() => loss(x).backward())
      x.zeroGrad()
    }),
  }
  if (torch) {
    const ask = (calls: number) => torch.ask<[number, number, number]>([name, calls])
    const [, theirs] = await ask(1)
    const ours = gradient(x, loss)
    // Dropout draws other numbers: its gradient has that mean.
    if (!(Math.abs(ours - theirs) <= (check ? 1e-4 : 0.02) * Math.abs(theirs)))
      throw new Error(`${name}: ours ${ours}, PyTorch ${theirs}`)
    sides['PyTorch'] = async (calls) => {
      const [wall, , cpu] = await ask(calls)
      return { wall, cpu }
    }
  }
  report(name, await inTurn(rounds, sides), 'ours')
}

for (const [rows, classes] of [
  [128, 10],
  [2048, 65],
  [512, 32000],
] as const) {
  // biome-ignore format: one line
  const x = tensor(wave(rows * classes, 0.37), { shape: [rows, classes], requiresGrad: true })
  const labels = tensor(Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes))
  await compare(`cross-entropy ${rows} x ${classes}`, x, (one) => crossEntropy(one, labels))
  x.dispose()
}
const size = 128 * 784
const x = tensor(wave(size, 0.37), { shape: [128, 784], requiresGrad: true })
const y = tensor(wave(size, 0.73).map(Math.abs), { shape: [128, 784] })
await compare('mse 128 x 784', x, (one) => mseLoss(one, y))
await compare('huber 128 x 784', x, (one) => huberLoss(one, y))
await compare('binary with logits 128 x 784', x, (one) => binaryCrossEntropyWithLogits(one, y))
await compare('dropout 128 x 784', x, (one) => dropout(one, 0.5).sum(), false)
torch?.end()
