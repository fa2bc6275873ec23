/** `normball demo`: the main job on a real small network that comes with the package, and a network that is trained on digits in a few seconds. */
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Module } from '../nn/index.js'
import { plainPaint, showNumber, type View, viewToTerminal } from '../report/index.js'
import { runInspect } from './inspect.js'
import type { CommonOptions } from './options.js'
import { writeStdout } from './output.js'
import { terminalWidth } from './terminal.js'

const absolute = fileURLToPath(new URL('../../examples/silero_vad_16k.safetensors', import.meta.url))
const fromHere = relative('.', absolute)
const model = fromHere.startsWith('..') ? absolute : fromHere

export async function runDemo(options: CommonOptions): Promise<number> {
  const html = options.html ?? 'normball-report.html'
  const code = await runInspect([model], { ...options, html, spectra: 'exact', convNorms: true }, false)
  if (options.json || options.output !== undefined || options.quiet) return code
  writeStdout(`
This was silero-vad, a network that hears whether somebody speaks (MIT licence, in examples/).
The whole report, with a picture of every layer, is in ${html}: open it in a browser.

Now a small network learns handwritten digits (BSD licence, in examples/), twice: as it comes, and with each spectral norm held at 1.5.
`)
  const view = await trainedTwice(options.seed ?? 0)
  writeStdout(`\n${viewToTerminal(view, { width: terminalWidth(undefined), paint: plainPaint, next: false })}`)
  writeStdout(`
The product of the spectral norms bounds how much the answers can change when a picture does.

Next, with your own file (safetensors, .pt, .onnx, .gguf, .npz, or a folder of shards), or your own network:
  npx normball inspect YOUR-FILE
  npx normball inspect YOUR-FILE --html report.html
  npx normball train ${relative('.', fileURLToPath(new URL('../../examples/digits-mlp.yaml', import.meta.url)))}
  npx normball --help
`)
  return code
}

/** The same network, data and order of examples, without and with a constraint. */
async function trainedTwice(seed: number): Promise<View> {
  const { runTraining } = await import('../train/index.node.js')
  const row = async (name: string, constraints: { norm: string; radius: number }[]) => {
    let [l2, product] = [0, 1]
    const { final, seconds } = await runTraining(
      {
        seed,
        data: { format: 'digits' },
        model: { preset: 'mlp', hidden: [64, 32] },
        optimizer: { name: 'Adam', lr: 3e-3 },
        constraints,
        epochs: 15,
        batch: 64,
        monitor: false,
      },
      {
        async onModel(trained) {
          ;[l2, product] = await normsOf(trained)
        },
      },
    )
    return { cells: [name, final.train['accuracy'] ?? null, final.test?.['accuracy'] ?? null, l2, product, seconds] }
  }
  const rows = [await row('plain', []), await row('spectral norm <= 1.5', [{ norm: 'spectral', radius: 1.5 }])]
  return {
    title: `64-64-32-10 network on 1797 digits, seed ${showNumber(seed)}`,
    facts: [],
    sections: [
      {
        kind: 'table',
        title: 'Plain against constrained',
        noun: 'network',
        columns: [
          { key: 'network', title: 'network', meaning: 'How it was trained.', format: 'text' },
          { key: 'train', title: 'accuracy, train', meaning: 'In the last epoch.', format: 'share', rank: 1 },
          { key: 'test', title: 'test', meaning: 'On digits that it has not seen.', format: 'share', rank: 0 },
          { key: 'l2', title: 'L2 of weights', meaning: 'All weight matrices together.', format: 'number', rank: 2 },
          { key: 'product', title: 'spectral norms, product', meaning: 'A bound on the Lipschitz constant.', format: 'number', rank: 0 }, // biome-ignore format: one line
          { key: 'seconds', title: 'seconds', meaning: 'Of training.', format: 'number', rank: 3 },
        ],
        rows,
      },
    ],
  }
}

/** L2 norm of all weight matrices, and the product of their spectral norms. */
async function normsOf(trained: Module): Promise<[number, number]> {
  const { frobenius, spectral } = await import('../norms/index.node.js')
  const { noGrad, scope } = await import('../tensor/index.node.js')
  let [squares, product] = [0, 1]
  noGrad(() =>
    scope(() => {
      for (const [, weight] of trained.namedParameters()) {
        if (weight.rank !== 2) continue
        squares += frobenius.value(weight).item() ** 2
        product *= spectral.value(weight).item()
      }
    }),
  )
  return [Math.sqrt(squares), product]
}
