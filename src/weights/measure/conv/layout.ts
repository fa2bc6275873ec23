/** How a stored kernel is the operator of a convolution: which axes are spatial, and how many groups there are. */
import type { TensorFacts } from '../types.js'

export interface ConvLayout {
  /** First channel axis of the operator's matrices (outputs, or inputs of a transposed convolution), over all groups. */
  readonly rows: number
  /** Second channel axis, per group. */
  readonly columns: number
  readonly groups: number
  readonly groupsFrom: 'graph' | 'assumed'
  readonly spatial: readonly number[]
  /** Kernels of JAX and Keras: [k..., in, out] instead of [out, in, k...]. */
  readonly spatialFirst: boolean
}

/** Input positions per axis, or the kernel's size where it is larger. */
export const inputSize = 16

/**
 * Names of a network's first convolution or of a filter bank, whose single input channel is the signal itself (a gray image, sound) and no sign of
 * a depthwise kernel.
 */
const singleInput =
  /(^|[._/])(stft|basis|mel|filter_?bank|fbank|stem|patch_embed\w*|conv_?in|conv_?first|first_?conv)([._/]|\w*$)|^(module\.|model\.|net\.|backbone\.|encoder\.|features\.)*(conv_?[01](_1)?|conv|0|0\.0|layer_?[01]\.0)\.(weight|kernel)$/i

/** The layout, or why the tensor is no convolution kernel. */
export function convLayout(
  shape: readonly number[],
  facts: Pick<TensorFacts, 'kind' | 'outAxis' | 'groups'>,
  name = '',
): ConvLayout | string {
  const { kind, outAxis } = facts
  if (kind !== 'conv' && kind !== 'convTranspose')
    return kind === 'unknown' ? 'is not known to be a convolution kernel' : `is no convolution kernel (${kind})`
  const last = shape.length - 1
  const spatialFirst = outAxis === last && last >= 2
  const rows = spatialFirst ? shape[last]! : shape[0]!
  const columns = spatialFirst ? shape[last - 1]! : shape[1]!
  const spatial = spatialFirst ? shape.slice(0, -2) : shape.slice(2)
  const common = { rows, columns, spatial, spatialFirst }
  if (facts.groups !== null) {
    if (!(facts.groups >= 1) || rows % facts.groups !== 0)
      return `${facts.groups} groups do not divide ${rows} channels`
    return { ...common, groups: facts.groups, groupsFrom: 'graph' }
  }
  // One input channel per group is the mark of a depthwise kernel; 1 x 1 ones would be mere scales.
  const depthwise = columns === 1 && rows > 1 && spatial.some((size) => size > 1) && !singleInput.test(name)
  return { ...common, groups: depthwise ? rows : 1, groupsFrom: 'assumed' }
}
