/** A run that other tests start in a process of its own, to be killed: its arguments are a folder, and how many milliseconds a step shall take. */
import { join } from 'node:path'
import { Linear, Module, Sequential } from '../../src/nn/index.node.js'
import { SGD } from '../../src/optim/index.node.js'
import { bernoulli, Generator, randn, type Tensor } from '../../src/tensor/index.node.js'
import { checkpointFolder, type FitReport, fit, runLog, TensorDataset } from '../../src/train/index.node.js'

/** Drops half of its inputs, by the generator that `manualSeed` sets. */
class Drop extends Module {
  forward(x: Tensor): Tensor {
    return this.training ? x.mul(bernoulli(0.5, { shape: x.shape }).to('f32')).mul(2) : x
  }
}

/** Adds noise of its own generator. */
class Noise extends Module {
  readonly generator = new Generator(5)
  forward(x: Tensor): Tensor {
    return this.training ? x.add(randn(x.shape, { generator: this.generator }).mul(0.01)) : x
  }
}

export async function trainee(
  folder: string,
  options: { pause?: number; steps?: number; signal?: AbortSignal; resume?: boolean; interruptAt?: number } = {},
): Promise<{ report: FitReport; bits: number[] }> {
  const generator = new Generator(1)
  const data = new TensorDataset(randn([45, 4], { generator }), randn([45, 2], { generator }))
  const validation = new TensorDataset(randn([11, 4], { generator }), randn([11, 2], { generator }))
  const model = new Sequential(
    new Linear(4, 8, { generator }),
    new Drop(),
    new Noise(),
    new Linear(8, 2, { generator }),
  )
  const optimizer = new SGD(model.namedParameters(), { lr: 0.05 })
  const controller = new AbortController()
  const log = runLog(join(folder, 'log.ndjson'))
  const report = await fit(model, data, {
    optimizer,
    loss: (output, target) => output.sub(target).square().mean(),
    epochs: 6,
    batchSize: 8,
    seed: 7,
    validation,
    augment: (x, own) => x.add(randn(x.shape, { generator: own }).mul(0.1)),
    schedule: decay(optimizer),
    checkpoints: checkpointFolder(folder, { every: 4, keep: 2 }),
    resume: options.resume ?? true,
    signal: controller.signal,
    onRecord: [
      log,
      async (record) => {
        if (record.type !== 'step') return
        if (record.step === options.interruptAt) controller.abort()
        if (options.pause) console.log(record.step)
        if (options.pause) await new Promise((resolve) => setTimeout(resolve, options.pause))
      },
    ],
  })
  const bits = [...model.parameters()].flatMap((x) => Array.from(x.toArray()))
  return { report, bits }
}

/** A schedule with a memory: the rate times 0.97 after each step. */
function decay(optimizer: SGD) {
  let steps = 0
  return {
    unit: 'step' as const,
    get lastLr() {
      return optimizer.paramGroups.map(({ lr }) => lr)
    },
    step() {
      steps++
      for (const group of optimizer.paramGroups) group.lr *= 0.97
    },
    stateDict: () => ({ steps }),
    loadStateDict: (state: Record<string, unknown>) => {
      steps = state['steps'] as number
    },
  }
}

if (process.argv[2] === '--run') {
  await trainee(process.argv[3]!, { pause: Number(process.argv[4]) })
  console.log('done')
}
