/** Second derivatives of fused operations: their rules fall back to a composite of differentiable ones when gradients are recorded. */
import { grad, mul, sum, type Tensor } from '../tensor/index.js'

/**
 * The gradients of <fn(inputs), g> with respect to the inputs that `needs` names, recorded on the tape: what a fused operation's rule gives
 * under `createGraph`. `fn` computes what the operation does, with differentiable operations.
 */
export function pullback(
  fn: (inputs: readonly Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  g: Tensor,
  needs: readonly boolean[],
): (Tensor | null)[] {
  const places = inputs.flatMap((_, i) => (needs[i] ? [i] : []))
  if (places.length === 0) return inputs.map(() => null)
  const wanted = places.map((i) => inputs[i]!)
  const found = grad((variables: readonly Tensor[]) => {
    const all = inputs.map((input, i) => (needs[i] ? variables[places.indexOf(i)]! : input))
    return sum(mul(fn(all), g))
  })(wanted)
  return inputs.map((_, i) => (needs[i] ? found[places.indexOf(i)]! : null))
}
