/** The JSON Schema of a training configuration; docs/train.schema.json is the same, for editors. */
import { layerPart } from './layers.js'
import { optimizerOptions, scheduleOptions } from './optimizers.js'
import { atLeastZero, belowOne, described, flag, globs, listOf, map, namedMap, oneOf, type Part, positive, share, text, textOr, when, whole } from './parts.js' // biome-ignore format: one line

const data = described(
  'Where examples come from, and what is done with them.',
  map({
    format: described('Told by the name of the file where absent.', oneOf('idx', 'csv', 'npy', 'images', 'text', 'digits')), // biome-ignore format: one line
    train: described('File or folder with the training examples.', text),
    trainLabels: text,
    validation: text,
    validationLabels: text,
    test: text,
    testLabels: text,
    target: described('Column that is told from the others.', text),
    features: described('Columns that it is told from; all others by default.', listOf(text)),
    missing: described('Rows of a table without a value: an error, or left out.', oneOf('error', 'drop')),
    task: described('Whether targets are classes or numbers; told by the data where absent.', oneOf('classes', 'numbers')), // biome-ignore format: one line
    split: described('Shares of the training part that become validation and test.', map({ validation: belowOne, test: belowOne, stratified: flag })), // biome-ignore format: one line
    normalize: described('Fitted on the training part only.', oneOf('none', 'standard', 'minmax')),
    augment: described('Changes of training images, drawn anew in each epoch.', map({ flip: flag, crop: whole(1), noise: atLeastZero })), // biome-ignore format: one line
    classWeights: described('Weights of classes in the loss.', textOr(oneOf('balanced'), { type: 'array', minItems: 1, items: atLeastZero })), // biome-ignore format: one line
    weights: described('Column of a table with the weights of rows in the loss.', text),
    tokens: described('What a token of a text is.', oneOf('characters', 'bytes')),
    window: whole(1, 'Tokens of one example of a text.'),
    limit: whole(1, 'Use the first so many examples of the training part.'),
  }),
)

export const activations = ['ReLU', 'LeakyReLU', 'ELU', 'GELU', 'SiLU', 'Sigmoid', 'Tanh', 'Softplus'] as const
export const inits = ['xavierUniform', 'xavierNormal', 'kaimingUniform', 'kaimingNormal', 'orthogonal', 'truncNormal'] as const // biome-ignore format: one line
const anyModel = {
  init: described('How weights of two and more axes start; as in PyTorch by default.', oneOf(...inits)),
  freeze: described('Globs of parameters that stay as they are.', listOf(text)),
}
const hidden = described('Sizes of the hidden layers, or channels.', listOf(whole(1)))
const sequence = { hidden, embedding: whole(1, 'Length of a token or step as a vector.'), dropout: share }
const presetOptions = {
  linear: {},
  mlp: { hidden, activation: oneOf(...activations), dropout: share, batchNorm: flag },
  cnn: { hidden, dense: whole(1, 'Units of the layer behind the convolutions.'), activation: oneOf(...activations), dropout: share, batchNorm: flag, kernelSize: whole(1) }, // biome-ignore format: one line
  lstm: { ...sequence, numLayers: whole(1), bidirectional: flag },
  gru: { ...sequence, numLayers: whole(1), bidirectional: flag },
  transformer: { ...sequence, numLayers: whole(1), heads: whole(1) },
  autoencoder: { hidden, activation: oneOf(...activations), dropout: share },
}

const model: Part = described(
  'A list of layers, or a preset.',
  when({ required: ['layers'] }, map({ layers: listOf({ $ref: '#/$defs/layer' }), ...anyModel }, ['layers']), {
    ...namedMap(presetOptions, 'preset', anyModel),
  }),
)

const penalty = map(
  {
    norm: described('As normball names norms: l1, group(l2, l1, columns), nuclear.', text),
    lambda: atLeastZero,
    on: described('Globs over names of parameters; weights of two and more axes by default.', globs),
    squared: described('R(w)^2 / 2 instead of R(w).', flag),
    mode: described('Part of the loss, or a proximal step whose zeros are exact.', oneOf('loss', 'prox')),
    groups: described('Each unit (row), channel or input feature (column) by itself.', oneOf('units', 'channels', 'features')), // biome-ignore format: one line
  },
  ['norm', 'lambda'],
)

/** What constraints know beside norms. */
export const constraintSets: readonly string[] = ['nonnegative', 'simplex', 'unit', 'rank', 'sparsity']

const constraint = map(
  {
    norm: described('A norm, or nonnegative, simplex, unit, rank, sparsity.', text),
    radius: atLeastZero,
    on: globs,
    along: oneOf('units', 'features', 'whole'),
    every: whole(1, 'Steps between two projections.'),
    share: described('For sparsity: the share that is zero at the end.', share),
    from: whole(0),
    to: whole(1),
  },
  ['norm'],
)

const loss = textOr(text, {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: { name: text, labelSmoothing: belowOne, delta: positive, beta: positive, ignoreIndex: { type: 'integer' } }, // biome-ignore format: one line
})

export const trainSchema: Part = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'Configuration of normball train',
  ...map(
    {
      $schema: { type: 'string' },
      seed: whole(0, 'Seed of initial values, order of examples and all else that is random.'),
      output: described('Folder of checkpoints, log, report and the trained network.', text),
      data,
      model,
      weights: described('A checkpoint to start from, loaded as far as it fits.', text),
      loss: described('crossEntropy, mse, ..., or a norm of the residual; follows from the task where absent.', loss),
      optimizer: described('Adam with lr 1e-3 where absent.', namedMap(optimizerOptions)),
      schedule: namedMap(scheduleOptions),
      penalties: listOf(penalty, 0),
      constraints: listOf(constraint, 0),
      clip: described('Gradients before the step.', map({ norm: text, max: positive, value: positive, quantile: belowOne, adaptive: positive, nonFinite: oneOf('error', 'skip') })), // biome-ignore format: one line
      monitor: described('Figures of each layer while it trains; false for none.', when({ type: 'boolean' }, { enum: [false] }, map({ every: whole(1), sharpness: flag, noise: flag, alarms: oneOf('none', 'stop', 'rollback') }))), // biome-ignore format: one line
      epochs: whole(1),
      steps: whole(1),
      batch: whole(1, 'Examples of one step.'),
      accumulate: whole(1, 'Batches whose gradients are added up for one step.'),
      earlyStopping: map({ metric: text, patience: whole(1), minDelta: atLeastZero }),
      checkpoints: map({ every: whole(1, 'Steps between two checkpoints; each epoch by default.'), keep: whole(1), best: text }), // biome-ignore format: one line
      averaging: {
        ...map({ name: oneOf('swa', 'ema'), decay: belowOne, from: whole(0) }, ['name']),
      },
      metrics: listOf(text),
    },
    ['data', 'model'],
  ),
  $defs: { layer: layerPart },
}
