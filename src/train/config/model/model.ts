/** The network that a configuration describes, made for its data. */
import { showShape } from '../../../core/index.js'
import * as nn from '../../../nn/index.js'
import type { Tensor } from '../../../tensor/index.js'
import { tidy } from '../../../tensor/internal.js'
import { fault, within } from '../fault.js'
import type { ModelConfig } from '../types.js'
import { layersOf, probe } from './build.js'
import { type Purpose, presetModel } from './presets.js'
import { Stack } from './stack.js'

/**
 * Builds the network: a list of layers, or a preset. Sizes that are left out follow from the data.
 *
 * @throws UsageError of the part that does not fit, with both shapes
 */
export function buildModel(config: ModelConfig, purpose: Purpose): nn.Module {
  // Parameters and buffers are kept; what the example becomes on its way through is freed.
  const made: nn.Module[] = []
  tidy(() => void made.push(build(config, purpose)))
  return made[0]!
}

function build(config: ModelConfig, purpose: Purpose): nn.Module {
  const { x, wanted } = purpose
  const model =
    'preset' in config
      ? presetModel(config, purpose)
      : new Stack(layersOf(config.layers, x, wanted, ['model', 'layers']))
  if (config.init !== undefined) initialize(model, config.init)
  if (config.freeze !== undefined) within(['model', 'freeze'], () => model.freeze(...config.freeze!))
  return model
}

type Init = (x: Tensor, options?: object) => unknown

/** Draws weights of two and more axes anew; embeddings and biases stay as they are. */
function initialize(model: nn.Module, name: string): void {
  const draw = (nn as unknown as Record<string, Init | undefined>)[`${name}_`]
  if (draw === undefined) throw fault(['model', 'init'], `'${name}' is not there.`)
  for (const [path, value] of model.namedParameters()) if (value.rank >= 2 && path.endsWith('weight')) draw(value)
}

/** Whether the network puts out what the data want: `shape` for one example. @throws UsageError with both shapes */
export function checkOutput(model: nn.Module, x: Tensor, shape: readonly number[], what: string): void {
  const got: number[] = []
  tidy(() => void got.push(...probe(model as unknown as nn.AnyModule, x).shape.slice(1)))
  const isColumn = shape.length === 0 && got.length === 1 && got[0] === 1
  if (isColumn || String(got) === String(shape)) return
  const hint = got.length > shape.length ? ' Try a Flatten layer before the last Linear.' : ''
  throw fault(['model'], `it puts out ${showShape([...got])} for each example; expected ${showShape([...shape])}: ${what}.${hint}`) // biome-ignore format: one line
}
