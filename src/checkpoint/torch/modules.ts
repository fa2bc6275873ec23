/** What a pickled module (a whole model, or TorchScript) knows about its weight: the layer's class says more than names and shapes do. */
import type { PyObject, PyValue } from '../pickle/index.js'
import type { Kind } from '../types.js'

export interface WeightRole {
  readonly kind: Kind
  readonly groups: number | null
  readonly outAxis: number | null
}

/** Classes of torch.nn whose `weight` has a certain meaning. */
const classes: readonly (readonly [RegExp, Kind])[] = [
  [/^Conv[123]d$/, 'conv'],
  [/^ConvTranspose[123]d$/, 'convTranspose'],
  [/^(NonDynamicallyQuantizable)?Linear$/, 'linear'],
  [/^Embedding(Bag)?$/, 'embedding'],
  [/^(Sync)?BatchNorm([123]d)?$|^InstanceNorm[123]d$|^(Layer|Group|RMS)Norm$/, 'norm'],
]

/** Null for modules that are not torch.nn's own. In TorchScript the name may carry a mangled part in its module. */
export function weightRole({ type, state }: PyObject): WeightRole | null {
  if (!/^(__torch__\.)?torch\.nn\.modules\./.test(type.module)) return null
  const kind = classes.find(([name]) => name.test(type.name))?.[1]
  if (!kind) return null
  const isConv = kind === 'conv' || kind === 'convTranspose'
  return { kind, groups: isConv ? count(state.get('groups')) : null, outAxis: kind === 'convTranspose' ? 1 : null }
}

function count(value: PyValue | undefined): number | null {
  return typeof value === 'number' && value >= 1 ? value : null
}
