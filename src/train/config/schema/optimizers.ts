/** Optimizers and schedules by PyTorch's names, with the options that a configuration may give them. */
import { atLeastZero, belowOne, flag, globs, listOf, map, number, type Options, oneOf, type Part, positive, share, text, whole } from './parts.js' // biome-ignore format: one line

const betas: Part = { type: 'array', minItems: 2, maxItems: 2, items: belowOne }
const adam = { betas, eps: positive, weightDecay: atLeastZero, amsgrad: flag }

const options = {
  SGD: { momentum: atLeastZero, dampening: number, nesterov: flag, weightDecay: atLeastZero },
  Adam: adam,
  AdamW: adam,
  RMSprop: { alpha: belowOne, eps: positive, momentum: atLeastZero, centered: flag, weightDecay: atLeastZero },
  Adagrad: { lrDecay: atLeastZero, eps: positive, initialAccumulatorValue: atLeastZero, weightDecay: atLeastZero },
  Adadelta: { rho: belowOne, eps: positive, weightDecay: atLeastZero },
  NAdam: { betas, eps: positive, momentumDecay: atLeastZero, weightDecay: atLeastZero },
  Lion: { betas, weightDecay: atLeastZero },
  SteepestDescent: { norm: text, momentum: atLeastZero, nesterov: flag, sharp: flag, weightDecay: atLeastZero },
  Muon: {
    momentum: belowOne,
    nesterov: flag,
    steps: whole(1),
    scale: oneOf('shape', 'rms', 'none'),
    weightDecay: atLeastZero,
  },
  LBFGS: { maxIter: whole(1), historySize: whole(1), toleranceGrad: atLeastZero, toleranceChange: atLeastZero, lineSearchFn: oneOf('strong_wolfe', null) }, // biome-ignore format: one line
} satisfies Options

/** Options of a group of parameters may differ: `groups: [{ only: '*.bias', weightDecay: 0 }]`. */
export const optimizerOptions: Options = Object.fromEntries(
  Object.entries(options).map(([name, own]) => {
    const all = { lr: positive, ...own }
    return [name, { ...all, groups: listOf(map({ only: globs, ...all }, ['only'])) }]
  }),
)

/** Rates over time. Counts are of steps, unless `unit: epoch` says otherwise. */
const schedules = {
  StepLR: { stepSize: whole(1), gamma: positive },
  MultiStepLR: { milestones: listOf(whole(1)), gamma: positive },
  ExponentialLR: { gamma: positive },
  CosineAnnealingLR: { tMax: whole(1), etaMin: atLeastZero },
  CosineAnnealingWarmRestarts: { t0: whole(1), tMult: whole(1), etaMin: atLeastZero },
  OneCycleLR: { maxLr: positive, totalSteps: whole(1), pctStart: share, divFactor: positive, finalDivFactor: positive, annealStrategy: oneOf('cos', 'linear'), cycleMomentum: flag }, // biome-ignore format: one line
  LinearLR: { startFactor: positive, endFactor: positive, totalIters: whole(1) },
  PolynomialLR: { totalIters: whole(1), power: positive },
  ReduceLROnPlateau: { metric: text, mode: oneOf('min', 'max'), factor: positive, patience: whole(0), threshold: atLeastZero, cooldown: whole(0), minLr: atLeastZero }, // biome-ignore format: one line
} satisfies Options

export const scheduleOptions: Options = Object.fromEntries(
  Object.entries(schedules).map(([name, own]) => [
    name,
    {
      ...own,
      ...(name === 'ReduceLROnPlateau' ? {} : { unit: oneOf('step', 'epoch') }),
      warmup: whole(0, 'Steps over which the rate rises from near zero.'),
    },
  ]),
)
