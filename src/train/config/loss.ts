/** The loss that a configuration names, or that follows from what the targets are. */
import { closest, inert } from '../../core/index.js'
import {
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  mseLoss,
  multiMarginLoss,
  nllLoss,
  normLoss,
  smoothL1Loss,
} from '../../nn/index.js'
import { normNames, parseNorm } from '../../norms/index.js'
import { reshape, type Tensor, tensor } from '../../tensor/index.js'
import { tidy } from '../../tensor/internal.js'
import type { Loss } from '../loop/options.js'
import { weightedLoss } from '../loop/weighted.js'
import { fault, within } from './fault.js'
import type { TrainConfig } from './types.js'

type LossFunction = (output: Tensor, target: Tensor, options?: object) => Tensor

interface Known {
  readonly compute: LossFunction
  /** PyTorch's names. */
  readonly also: readonly string[]
  readonly of: 'classes' | 'numbers'
}

/** Losses by the words of configurations. */
const functions: Readonly<Record<string, Known>> = {
  crossEntropy: { compute: crossEntropy, also: ['CrossEntropyLoss'], of: 'classes' },
  nll: { compute: nllLoss, also: ['nllLoss', 'NLLLoss'], of: 'classes' },
  multiMargin: { compute: multiMarginLoss, also: ['multiMarginLoss', 'MultiMarginLoss'], of: 'classes' },
  mse: { compute: mseLoss, also: ['mseLoss', 'MSELoss'], of: 'numbers' },
  l1Loss: { compute: l1Loss, also: ['L1Loss'], of: 'numbers' },
  huber: { compute: huberLoss, also: ['huberLoss', 'HuberLoss'], of: 'numbers' },
  smoothL1: { compute: smoothL1Loss, also: ['smoothL1Loss', 'SmoothL1Loss'], of: 'numbers' },
  bceWithLogits: { compute: binaryCrossEntropyWithLogits, also: ['BCEWithLogitsLoss'], of: 'numbers' },
  klDiv: { compute: klDiv, also: ['KLDivLoss'], of: 'numbers' },
}

export interface LossNeeds {
  /** Whether targets are classes. */
  readonly isClasses: boolean
  /** Weights of the classes; null for none. */
  readonly classWeights: readonly number[] | null
  /** Whether examples have weights. */
  readonly isWeighted?: boolean
}

export interface BuiltLoss {
  readonly name: string
  readonly loss: Loss
  /** Frees what it holds. */
  dispose(): void
}

/** @throws UsageError for an unknown name, and for a loss of numbers where targets are classes */
export function buildLoss(
  config: TrainConfig['loss'],
  { isClasses, classWeights, isWeighted = false }: LossNeeds,
): BuiltLoss {
  const { name, ...options } =
    config === undefined ? { name: isClasses ? 'crossEntropy' : 'mse' } : typeof config === 'string' ? { name: config } : config // biome-ignore format: one line
  const found = Object.entries(functions).find(([word, { also }]) => word === name || also.includes(name))
  if (found === undefined) {
    if (isWeighted)
      throw fault(['data', 'weights'], `a norm of the residual takes no weights of rows. Try loss: mse or l1Loss.`)
    return normOf(name, isClasses)
  }
  const [word, { compute, of }] = found
  if ((of === 'classes') !== isClasses)
    throw fault(['loss'], `${name} is for ${of}, and the targets are ${isClasses ? 'classes' : 'numbers'}. Try ${isClasses ? 'crossEntropy' : 'mse'}.`) // biome-ignore format: one line
  const weight = classWeights === null ? null : tensor(Float32Array.from(classWeights)).keep()
  if (weight !== null && word !== 'crossEntropy' && word !== 'nll')
    throw fault(['data', 'classWeights'], `${name} takes no weights of classes; crossEntropy does.`)
  if (weight !== null && isWeighted)
    throw fault(
      ['data', 'weights'],
      'rows and classes both have weights; expected one of data.weights and data.classWeights.',
    )
  const all = { ...options, ...(weight === null ? {} : { weight }) }
  return {
    name: word,
    loss: weightedLoss(isClasses ? perExample(compute) : alike(compute), all),
    dispose: () => weight?.dispose(),
  }
}

/** A norm of the residual. */
function normOf(name: string, isClasses: boolean): BuiltLoss {
  const words = Object.keys(functions)
  const isNorm = normNames.some((one) => name.startsWith(one.split('(')[0]!))
  if (!isNorm) {
    const near = closest(name, words)[0]
    throw fault(['loss'], `'${inert(name, 60)}' is not known. ${near ? `Did you mean '${near}'?` : `Expected one of ${words.join(', ')}, or a norm of the residual.`}`) // biome-ignore format: one line
  }
  if (isClasses)
    throw fault(['loss'], `a norm of the residual is for numbers, and the targets are classes. Try crossEntropy.`)
  const norm = within(['loss'], () => parseNorm(name))
  return {
    name,
    loss: alike(normLoss(norm)),
    dispose() {},
  }
}

/** Scores [N, T, C] of sequences as scores of single examples. */
const perExample =
  (loss: LossFunction): LossFunction =>
  (output, target, options) => {
    if (output.rank <= 2) return loss(output, target, options)
    return tidy(() => loss(reshape(output, [-1, output.shape.at(-1)!]), reshape(target, [-1]), options))
  }

/** Numbers [N, 1] beside [N]. */
const alike =
  (loss: LossFunction): LossFunction =>
  (output, target, options) =>
    output.rank === target.rank
      ? loss(output, target, options)
      : tidy(() => loss(reshape(output, target.shape), target, options))
