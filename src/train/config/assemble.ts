/** All parts of a training run, built as a configuration describes them. Runs in a browser too. */
import type { Module } from '../../nn/index.js'
import type { StateDict } from '../../tensor/index.js'
import { tidy, withGenerator } from '../../tensor/internal.js'
import { type Augmentation, gaussianNoise, randomCrop, randomHorizontalFlip } from '../data/augment.js'
import { classWeights } from '../data/classWeights.js'
import type { NormalizationEffect, NormalizationJson } from '../data/normalize.js'
import type { TableEncoding } from '../data/tableDataset.js'
import type { FitOptions } from '../loop/options.js'
import { metricsOf } from '../metrics/byName.js'
import { generatorFor } from '../seeds.js'
import type { Dataset } from '../types.js'
import { buildControl } from './control.js'
import { fault, within } from './fault.js'
import { buildLoss } from './loss.js'
import { buildModel, checkOutput } from './model/model.js'
import { buildOptimizer } from './optimizer.js'
import { type DataPurpose, purposeOf } from './purpose.js'
import { buildSchedule } from './schedule.js'
import type { TrainConfig } from './types.js'

/** The parts that examples fall into. */
export interface DataParts {
  readonly train: Dataset
  readonly validation?: Dataset | null
  readonly test?: Dataset | null
  /** What normalization did to the training part, where there is one. */
  readonly normalization?: { readonly kind: string; readonly effect: NormalizationEffect } | undefined
  /** How tables became inputs, where the examples are rows of a table. */
  readonly encoding?: TableEncoding | undefined
  /** What inputs go through before the network. */
  readonly layer?: NormalizationJson | undefined
}

export interface Assembled {
  readonly model: Module
  /** The data as the network gets them: an autoencoder's targets are its inputs. */
  readonly data: DataParts
  readonly options: FitOptions
  /** Frees all that was built. */
  dispose(): void
}

export interface AssembleOptions {
  /** Tensors to start from, loaded as far as they fit. */
  readonly weights?: StateDict | undefined
}

/** Where initial values come from: a stream of its own beside those of `fit`. */
const initialValues = 7

/**
 * Builds model, loss, optimizer, schedule and what keeps them in check.
 *
 * @throws UsageError for the part that cannot be built: unknown names, sizes that do not fit, globs that match nothing
 */
export async function assemble(
  config: TrainConfig,
  given: DataParts,
  options: AssembleOptions = {},
): Promise<Assembled> {
  const data = isAutoencoder(config) ? inputsAsTargets(given) : given
  const purpose = await purposeOf(data.train, isAutoencoder(config))
  const built: { dispose(): void }[] = [purpose.x]
  const dispose = (): void => {
    for (const one of built.splice(0)) one.dispose()
  }
  try {
    return { ...build(config, data, purpose, options, built), dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

const isAutoencoder = ({ model }: TrainConfig): boolean => 'preset' in model && model.preset === 'autoencoder'

function build(
  config: TrainConfig,
  data: DataParts,
  purpose: DataPurpose,
  { weights }: AssembleOptions,
  built: { dispose(): void }[],
): Omit<Assembled, 'dispose'> {
  const { seed = 0, batch = 64, accumulate = 1, epochs, steps } = config
  const model = withGenerator(generatorFor(seed, initialValues), () => buildModel(config.model, purpose))
  built.push(model)
  checkOutput(model, purpose.x, purpose.output, purpose.why)
  if (weights !== undefined) load(model, weights)
  const { isClasses } = purpose
  const loss = buildLoss(config.loss, {
    isClasses,
    classWeights: weightsOfClasses(config, data.train),
    isWeighted: data.train.weights?.() != null,
  })
  const parameters = [...model.namedParameters()]
  const optimizer = buildOptimizer(config.optimizer, parameters)
  built.push(loss, optimizer)
  const stepsPerEpoch = Math.ceil(Math.ceil(data.train.length / batch) / accumulate)
  const length = Math.min(steps ?? Infinity, (epochs ?? (steps === undefined ? 10 : Infinity)) * stepsPerEpoch)
  const control = buildControl(config, model, optimizer, length)
  for (const one of [control.monitor, control.averaging]) if (one !== null) built.push(one)
  const schedule = buildSchedule(config.schedule, optimizer, { steps: length, stepsPerEpoch })
  const metrics = config.metrics ?? (isClasses ? ['accuracy'] : isAutoencoder(config) ? [] : ['r2'])
  for (const [i, one] of metrics.entries()) within(['metrics', i], () => metricsOf('metrics', [one]))
  return {
    model,
    data,
    options: {
      optimizer,
      loss: loss.loss,
      seed,
      batchSize: batch,
      accumulate,
      ...(steps === undefined ? { epochs: epochs ?? 10 } : { steps, ...(epochs === undefined ? {} : { epochs }) }),
      metrics,
      penalties: control.penalties,
      constraints: control.constraints,
      clip: control.clip,
      ...(control.averaging === null ? {} : { averaging: control.averaging }),
      ...(control.monitor === null ? {} : { monitor: control.monitor }),
      ...(schedule === null ? {} : { schedule }),
      ...(config.earlyStopping === undefined ? {} : { earlyStopping: config.earlyStopping }),
      ...(config.data.augment === undefined ? {} : { augment: augmentations(config.data.augment) }),
      validation: data.validation ?? null,
      test: data.test ?? null,
      config,
    },
  }
}

/** Changes of training images, in their order. */
function augmentations({ flip = false, crop, noise }: NonNullable<TrainConfig['data']['augment']>): Augmentation[] {
  return [
    ...(flip ? [randomHorizontalFlip()] : []),
    ...(crop === undefined ? [] : [randomCrop(crop)]),
    ...(noise === undefined ? [] : [gaussianNoise(noise)]),
  ]
}

/** Weights of the classes as the configuration asks for them; null for none. */
function weightsOfClasses({ data }: TrainConfig, train: Dataset): readonly number[] | null {
  const wanted = data.classWeights
  if (wanted === undefined) return null
  return within(['data', 'classWeights'], () => {
    if (wanted === 'balanced') return tidy(() => Array.from(classWeights(train).toArray()))
    const count = train.classes?.length ?? 0
    if (wanted.length !== count)
      throw fault(['data', 'classWeights'], `has ${wanted.length} numbers, and there are ${count} classes.`)
    return wanted
  })
}

/** Copies what fits by name and shape. @throws UsageError where nothing does */
function load(model: Module, weights: StateDict): void {
  within(['weights'], () => {
    const { loaded } = model.loadStateDict(weights, { strict: false })
    if (loaded.length === 0) model.loadStateDict(weights)
  })
}

/** The same examples, told from themselves. */
function inputsAsTargets({ train, validation = null, test = null }: DataParts): DataParts {
  const own = (data: Dataset): Dataset => ({
    length: data.length,
    inputShape: data.inputShape,
    targetShape: data.inputShape,
    classes: null,
    async batch(indices) {
      const { input, target, ...rest } = await data.batch(indices)
      target.dispose()
      return { input, target: input.clone(), ...rest }
    },
    labels: () => null,
    weights: () => data.weights?.() ?? null,
  })
  return { train: own(train), validation: validation && own(validation), test: test && own(test) }
}
